package dev.weft.drive;

import dev.weft.bridge.Connection;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The bridge's inbound end, before a {@link Gate}. A fault of ours ends here, counted, and never
 * reaches an adapter. What it costs: a connection that could not be judged is plaintext, and its
 * requests are asked about as such; a request that could not be decided about is refused.
 */
public final class GuardedListener implements Listener {
  private final Gate gate;
  private final Consumer<Throwable> faults;

  /**
   * @param faults counts and logs errors of the agent itself; never throws
   */
  public GuardedListener(Gate gate, Consumer<Throwable> faults) {
    this.gate = gate;
    this.faults = faults;
  }

  @Override
  public Connection connection(ByteChannel below, Runnable hangUp, String... alpn) {
    return new InboundConnection(this, below, System::nanoTime, hangUp, alpn);
  }

  @Override
  public Sniff sniff(ByteBuffer firstBytes) {
    try {
      return gate.sniff(firstBytes);
    } catch (Throwable t) {
      faults.accept(t);
      return Sniff.NOT_OURS;
    }
  }

  @Override
  public @Nullable SSLEngine serverEngine(Runnable hangUp, String... alpn) {
    try {
      return gate.serverEngine(hangUp, alpn);
    } catch (Throwable t) {
      faults.accept(t);
      return null;
    }
  }

  @Override
  public Exchange begin(@Nullable SSLSession session, Incoming head) {
    try {
      int hops = RequestContext.hops(head);
      Gate.Visit visit = gate.admit(session, new Shown(head), hops);
      Refusal refusal = visit.refusal();
      return refusal != null
          ? Exchange.refused(refusal)
          : new GuardedExchange(
              this, visit, RequestContext.of(head, hops, visit.peer(), System.nanoTime()));
    } catch (Throwable t) {
      faults.accept(t);
      return Exchange.undecided();
    }
  }

  @Override
  public boolean draining() {
    try {
      return gate.draining();
    } catch (Throwable t) {
      faults.accept(t);
      return false;
    }
  }

  @Override
  public Runnable working() {
    return workStarted() ? this::workEnded : () -> {};
  }

  /** False if that could not be said: then its end is not to be told either. */
  boolean workStarted() {
    try {
      gate.workStarted();
      return true;
    } catch (Throwable t) {
      faults.accept(t);
      return false;
    }
  }

  void workEnded() {
    try {
      gate.workEnded();
    } catch (Throwable t) {
      faults.accept(t);
    }
  }

  @Override
  public void close() {
    try {
      gate.close();
    } catch (Throwable t) {
      faults.accept(t);
    }
  }

  void fault(Throwable error) {
    faults.accept(error);
  }
}

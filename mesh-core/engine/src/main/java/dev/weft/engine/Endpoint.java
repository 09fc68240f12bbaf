package dev.weft.engine;

import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.Map;

/**
 * One port of one instance, and what this process has seen of it. The facts are immutable; an
 * instance whose facts change becomes a new endpoint that takes the load average over. Thread-safe.
 */
public final class Endpoint {
  /** What an endpoint is to this process. */
  public enum Health {
    READY,
    /**
     * A connection was refused or its peer was somebody else; a probe in the background decides.
     */
    UNREACHABLE
  }

  /** What the coordinator says of it. */
  public enum Standing {
    /** To be used. */
    READY,
    /** To be used only if there is nothing else. */
    SUSPECT,
    /** Takes nothing new. */
    DRAINING
  }

  /** Facts about an endpoint. */
  public record Facts(
      ServiceName service,
      String instance,
      String address,
      int port,
      TlsMode tls,
      Standing standing,
      Map<String, String> labels) {}

  private static final long INITIAL_RTT_NANOS = 30_000_000L;
  private static final long DECAY_NANOS = 10_000_000_000L;

  /** What has been seen of it; shared by the endpoints that follow on each other. */
  private static final class Seen {
    final PeakEwma load;
    volatile boolean unreachable;
    volatile boolean gone;

    Seen(PeakEwma load) {
      this.load = load;
    }
  }

  private final Facts facts;
  private final Seen seen;

  Endpoint(Facts facts, long nowNanos) {
    this(facts, new Seen(new PeakEwma(nowNanos, INITIAL_RTT_NANOS, DECAY_NANOS)));
  }

  private Endpoint(Facts facts, Seen seen) {
    this.facts = facts;
    this.seen = seen;
  }

  /** The same endpoint under new facts; what was seen of it is kept. */
  Endpoint with(Facts changed) {
    return changed.equals(facts) ? this : new Endpoint(changed, seen);
  }

  public Facts facts() {
    return facts;
  }

  /** An attempt at it begins; to be ended by {@link #end} or {@link #endUnobserved}. */
  public void begin() {
    seen.load.begin();
  }

  /** An attempt has been answered. */
  public void end(long nowNanos, long rttNanos) {
    seen.load.end(nowNanos, rttNanos);
  }

  /** An attempt is over and says nothing of the endpoint's speed. */
  public void endUnobserved() {
    seen.load.endUnobserved();
  }

  /** What one more request would cost; see {@link PeakEwma}. */
  double cost(long nowNanos) {
    return seen.load.cost(nowNanos);
  }

  public Health health() {
    return seen.unreachable ? Health.UNREACHABLE : Health.READY;
  }

  /** Returns whether this call made the change, and so has to see to the probing. */
  public boolean becomeUnreachable() {
    synchronized (seen) {
      boolean changed = !seen.unreachable;
      seen.unreachable = true;
      return changed;
    }
  }

  public void becomeReachable() {
    synchronized (seen) {
      seen.unreachable = false;
    }
  }

  /** Whether the instance has left: nobody needs to look for it any more. */
  public boolean gone() {
    return seen.gone;
  }

  void leave() {
    seen.gone = true;
  }

  @Override
  public String toString() {
    return facts.service() + " " + facts.address() + ":" + facts.port();
  }
}

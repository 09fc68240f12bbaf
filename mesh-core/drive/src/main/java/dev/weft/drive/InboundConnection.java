package dev.weft.drive;

import dev.weft.bridge.Connection;
import dev.weft.bridge.Listener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** First a {@link Peek}, then plaintext or a {@link TlsPump}. */
final class InboundConnection implements Connection {
  /**
   * For ClientHello and handshake together, from the first byte. A client of the mesh has given up
   * by then.
   */
  private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /**
   * What is here when the time is over is not late, since then it was we who were slow; but it
   * comes in few reads. Over a channel that blocks, a byte now and then would never end.
   */
  private static final int MOST_LATE_READS = 4;

  private static final int OPEN = 0;
  private static final int CLOSE = -1;

  private enum State {
    UNKNOWN,
    SHAKING,
    PLAINTEXT,
    TLS,
    CLOSED
  }

  private final GuardedListener listener;
  private final ByteChannel below;
  private final LongSupplier nanoTime;

  /** Held here because whoever makes the engine keeps it weakly. */
  private final Runnable hangUp;

  private final String[] alpn;

  private volatile State state = State.UNKNOWN;
  private volatile @Nullable TlsPump tls;
  private volatile @Nullable SSLSession session;

  // For the one that opens or reads.
  private @Nullable Peek peek;
  private boolean begun;
  private long deadline;
  private int lateReads;

  /** Plaintext that did not remain where it was first read; null if there is none. */
  private @Nullable ByteBuffer leftOver;

  InboundConnection(
      GuardedListener listener,
      ByteChannel below,
      LongSupplier nanoTime,
      Runnable hangUp,
      String... alpn) {
    this.listener = listener;
    this.below = below;
    this.nanoTime = nanoTime;
    this.hangUp = hangUp;
    this.alpn = alpn;
  }

  @Override
  public int open(ByteBuffer first) throws IOException {
    try {
      int waitFor = state == State.UNKNOWN ? decide(first) : OPEN;
      if (state == State.SHAKING) {
        waitFor = pump().handshake(this::tooLate);
        if (waitFor == OPEN) {
          session = pump().session();
          state = State.TLS;
        }
      }
      if (state == State.CLOSED || waitFor < 0 || (waitFor > 0 && late())) {
        state = State.CLOSED;
        return CLOSE;
      }
      return waitFor;
    } catch (InterruptedIOException e) {
      throw e; // it may go on
    } catch (IOException e) {
      state = State.CLOSED;
      throw e;
    } catch (Throwable t) {
      state = State.CLOSED;
      listener.fault(t);
      return CLOSE;
    }
  }

  /** Reads until the first bytes say what this is, and changes the state accordingly. */
  private int decide(ByteBuffer first) throws IOException {
    Peek looking = peek;
    if (looking == null) {
      looking = new Peek(listener);
      peek = looking;
    }
    int start = first.position();
    while (true) {
      int count = readAtMost(looking.room(), first);
      if (count == 0) {
        return SelectionKey.OP_READ;
      }
      if (count < 0) {
        // Who connects and leaves, as probes do, is no business of ours.
        state = begun ? State.CLOSED : State.PLAINTEXT;
        return OPEN;
      }
      if (!begun) {
        begun = true;
        deadline = nanoTime.getAsLong() + OPEN_NANOS;
      }
      ByteBuffer fresh = first.duplicate().flip().position(start);
      Listener.Sniff found = tooLate() ? Listener.Sniff.CLOSE : looking.look(fresh);
      ByteBuffer kept = looking.kept();
      if (found == Listener.Sniff.NOT_OURS && kept == null) {
        decided(State.PLAINTEXT);
        return OPEN;
      }
      if (found == Listener.Sniff.MESH_TLS) {
        beginTls(kept == null ? fresh : kept);
      } else if (found == Listener.Sniff.NOT_OURS) {
        leftOver = kept;
        decided(State.PLAINTEXT);
      } else if (found == Listener.Sniff.CLOSE) {
        decided(State.CLOSED);
      }
      first.position(start);
      if (found != Listener.Sniff.NEED_MORE) {
        return OPEN;
      }
    }
  }

  private int readAtMost(int most, ByteBuffer to) throws IOException {
    int limit = to.limit();
    to.limit(to.position() + Math.min(to.remaining(), most));
    try {
      return below.read(to);
    } finally {
      to.limit(limit);
    }
  }

  private void beginTls(ByteBuffer firstBytes) throws IOException {
    SSLEngine engine = listener.serverEngine(hangUp, alpn);
    if (engine != null) {
      tls = new TlsPump(engine, below, firstBytes, nanoTime);
    }
    decided(engine == null ? State.CLOSED : State.SHAKING);
  }

  private void decided(State found) {
    peek = null;
    state = found;
  }

  private boolean late() {
    return begun && deadline - nanoTime.getAsLong() <= 0;
  }

  private boolean tooLate() {
    return late() && ++lateReads > MOST_LATE_READS;
  }

  @Override
  public int patience() {
    if (!begun || (state != State.UNKNOWN && state != State.SHAKING)) {
      return 0;
    }
    return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - nanoTime.getAsLong()));
  }

  @Override
  public @Nullable SSLSession session() {
    return session;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    switch (state) {
      case TLS:
        return pump().read(to);
      case PLAINTEXT:
        return leftOver == null ? below.read(to) : readLeftOver(to);
      case CLOSED:
        return -1;
      default:
        throw new NotYetConnectedException();
    }
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    return state == State.TLS
        ? pump().read(to, offset, length)
        : read(firstWithRoom(to, offset, length));
  }

  private int readLeftOver(ByteBuffer to) {
    ByteBuffer left = leftOver;
    int count = left == null ? 0 : TlsPump.move(left, to);
    if (left != null && !left.hasRemaining()) {
      leftOver = null;
    }
    return count;
  }

  /** That one may always do less than is asked for makes plaintext simple. */
  private static ByteBuffer firstWithRoom(ByteBuffer[] buffers, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (buffers[i].hasRemaining()) {
        return buffers[i];
      }
    }
    return ByteBuffer.allocate(0);
  }

  @Override
  public int available() {
    TlsPump pump = tls;
    if (pump != null) {
      return state == State.TLS ? pump.available() : 0;
    }
    ByteBuffer left = leftOver;
    return left == null ? 0 : left.remaining();
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    return state == State.TLS ? pump().write(from) : writable().write(from);
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    return state == State.TLS
        ? pump().write(from, offset, length)
        : writable().write(firstWithRoom(from, offset, length));
  }

  /** What is neither plaintext nor open is never written to in plaintext. */
  private ByteChannel writable() throws IOException {
    switch (state) {
      case PLAINTEXT:
        return below;
      case CLOSED:
        throw new ClosedChannelException();
      default:
        throw new NotYetConnectedException();
    }
  }

  @Override
  public int unsent() {
    TlsPump pump = tls;
    return pump == null ? 0 : pump.unsent();
  }

  @Override
  public boolean flush() throws IOException {
    TlsPump pump = tls;
    return pump != null && pump.flush();
  }

  @Override
  public void drain(long millis) throws IOException {
    TlsPump pump = tls;
    if (pump != null) {
      pump.drain(millis);
    }
  }

  @Override
  public void close() {
    TlsPump pump = tls;
    state = State.CLOSED;
    if (pump != null) {
      pump.close();
      tls = null;
    }
  }

  private TlsPump pump() throws ClosedChannelException {
    TlsPump pump = tls;
    if (pump == null) {
      throw new ClosedChannelException();
    }
    return pump;
  }
}

package dev.weft.instrumentation.jdkhttpserver;

import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Exchange;
import dev.weft.bootstrap.Listener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a woven server, in the place of its channel wherever the server reads and writes.
 * Finds out by the first bytes whether the connection is mesh TLS, and then decrypts and encrypts;
 * otherwise passes everything through as it is. Blocking only: the server registers the real
 * channel with its selector.
 */
final class SniffingChannel extends SocketChannel {
  private static final int NONE_EXPECTED = 0;
  private static final int NO_STATUS_YET = -1;

  /** How long a refused client may take to notice, and how much of its request is thrown away. */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int LINGER_BYTES = 1 << 20;

  private final SocketChannel real;
  private final Listener listener;

  /** A field, because the maker of the engine keeps it weakly. */
  private final Runnable hangUp = this::shutdownQuietly;

  private final long handshakeNanos;
  private final ReentrantLock inbound = new ReentrantLock();

  /** Of the last request, which may be over. */
  private volatile @Nullable Exchange exchange;

  /** Of its response, as it is seen to be written. */
  private volatile int status = NONE_EXPECTED;

  private boolean sniffed;
  private boolean refused;

  /** Plaintext read while sniffing and not handed over yet; null when there is none. */
  private @Nullable ByteBuffer peeked;

  private volatile @Nullable Reading reading;
  private volatile boolean admitted;

  private volatile @Nullable TlsPump tls;
  private volatile @Nullable SSLSession session;

  /**
   * @param handshakeNanos the most that the ClientHello and the handshake may take together from
   *     the first byte, in nanoseconds
   */
  SniffingChannel(SocketChannel real, Listener listener, long handshakeNanos) {
    super(real.provider());
    this.real = real;
    this.listener = listener;
    this.handshakeNanos = handshakeNanos;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    inbound.lock();
    try {
      if (!sniffed) {
        int count = sniff(target);
        if (count != 0) {
          return count;
        }
      }
      TlsPump pump = tls;
      if (pump != null) {
        return pump.read(target);
      }
      if (refused) {
        return -1;
      }
      ByteBuffer left = peeked;
      return left == null ? real.read(target) : handPeeked(left, target);
    } finally {
      inbound.unlock();
    }
  }

  /**
   * Decides what this connection is. Waits for the first byte as long as the server itself would.
   *
   * @return what is to be returned from the read, or 0 to go on by the decision
   */
  private int sniff(ByteBuffer target) throws IOException {
    int start = target.position();
    int count = real.read(target);
    if (count <= 0) {
      return count;
    }
    long deadline = System.nanoTime() + handshakeNanos;
    ByteBuffer first = target.duplicate().flip().position(start);
    Listener.Sniff found = listener.sniff(first);
    if (found == Listener.Sniff.NOT_OURS) {
      // Nearly all plaintext takes this way, on which nothing is copied.
      sniffed = true;
      return count;
    }
    ByteBuffer all = ByteBuffer.allocate(Listener.SNIFF_LIMIT).put(first);
    target.position(start);
    while (found == Listener.Sniff.NEED_MORE && all.hasRemaining()) {
      if (TlsPump.readTimed(real, all, deadline) < 0) {
        break;
      }
      found = listener.sniff(all.duplicate().flip());
    }
    all.flip();
    sniffed = true;
    if (found == Listener.Sniff.MESH_TLS) {
      return beginTls(all, deadline);
    }
    if (found == Listener.Sniff.NOT_OURS) {
      peeked = all;
      return 0;
    }
    refused = true;
    return -1;
  }

  private int beginTls(ByteBuffer first, long deadline) throws IOException {
    // Until the handshake is done there is nothing to read, and there never will be if it fails.
    refused = true;
    // A response is often two small records, which Nagle's algorithm and a delayed acknowledgement
    // would hold apart by 40 ms.
    real.setOption(StandardSocketOptions.TCP_NODELAY, true);
    TlsPump pump;
    try {
      SSLEngine engine = listener.serverEngine(hangUp, "http/1.1");
      if (engine == null) {
        return -1;
      }
      pump = new TlsPump(real, engine, first);
    } catch (Throwable t) {
      Bridge.fault(t);
      return -1;
    }
    session = pump.handshake(deadline);
    tls = pump;
    return 0;
  }

  /** What the server's dispatcher sees as the client's goodbye. */
  private void shutdownQuietly() {
    try {
      real.shutdownInput();
    } catch (IOException e) {
      // It is closed already.
    }
  }

  private int handPeeked(ByteBuffer left, ByteBuffer target) {
    int count = Math.min(left.remaining(), target.remaining());
    int limit = left.limit();
    target.put(left.limit(left.position() + count));
    left.limit(limit);
    if (!left.hasRemaining()) {
      peeked = null;
    }
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (status == NO_STATUS_YET) {
      status = ResponseHead.status(source, NO_STATUS_YET);
    }
    TlsPump pump = tls;
    if (pump != null) {
      return pump.write(source);
    }
    return real.write(source);
  }

  /**
   * How many bytes a read would return without asking the network, at least; more than 0 if it
   * would return at all. The server would otherwise wait for bytes that it has.
   */
  int buffered() {
    if (!inbound.tryLock()) {
      return 0;
    }
    try {
      TlsPump pump = tls;
      if (pump != null) {
        return pump.buffered();
      }
      ByteBuffer left = peeked;
      return left == null ? 0 : left.remaining();
    } finally {
      inbound.unlock();
    }
  }

  /** A request of which the line has been read, and where its client is to be answered. */
  static final class Reading {
    private final IncomingRequest head;
    private final OutputStream out;

    Reading(IncomingRequest head, OutputStream out) {
      this.head = head;
      this.out = out;
    }

    IncomingRequest head() {
      return head;
    }

    OutputStream out() {
      return out;
    }
  }

  /** The next request is being read. Called, like {@link #read()}, by the exchange's thread. */
  void reading(IncomingRequest head, OutputStream out) {
    reading = new Reading(head, out);
    admitted = false;
  }

  /** The request that is being read; null if there is none, or it was taken before. */
  @Nullable Reading read() {
    Reading current = reading;
    reading = null;
    return current;
  }

  /** Asks the mesh whether a request may reach the application. */
  Exchange begin(IncomingRequest head) {
    requestEnded(); // long ago, as far as anybody knows
    Exchange begun = listener.begin(session, head);
    if (begun.refusal() == null) {
      status = NO_STATUS_YET;
      exchange = begun;
      admitted = true;
    }
    return begun;
  }

  /** Of the last request that was let in; null if none was. */
  @Nullable Exchange exchange() {
    return exchange;
  }

  /** Whether the request that is being read or served has been let in. */
  boolean admitted() {
    return admitted;
  }

  /** The request is over, one way or the other. Counts once. */
  void requestEnded() {
    admitted = false;
    Exchange ending = exchange;
    if (ending != null) {
      ending.end(Math.max(0, status));
    }
  }

  /**
   * Waits a little until a refused client has taken notice. Closing at once, with some of its
   * request unread, would reset the connection, and it might never see why.
   */
  void linger() {
    long deadline = System.nanoTime() + LINGER_NANOS;
    inbound.lock();
    try {
      real.shutdownOutput();
      ByteBuffer waste = ByteBuffer.allocate(8 * 1024);
      for (int count = 0, total = 0; count >= 0 && total < LINGER_BYTES; total += count) {
        waste.clear();
        count = TlsPump.readTimed(real, waste, deadline);
      }
    } catch (IOException e) {
      // It is gone, or has had its time.
    } finally {
      inbound.unlock();
    }
  }

  @Override
  protected void implCloseSelectableChannel() throws IOException {
    requestEnded();
    TlsPump pump = tls;
    // Whoever reads now is woken by the close, and a goodbye would have to wait for them.
    if (pump != null && real.isOpen() && inbound.tryLock()) {
      try {
        pump.closeNotify();
      } finally {
        inbound.unlock();
      }
    }
    real.close();
  }

  @Override
  protected void implConfigureBlocking(boolean block) {
    if (!block) {
      throw new UnsupportedOperationException("this channel is blocking only");
    }
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      if (targets[i].hasRemaining()) {
        return read(targets[i]);
      }
    }
    return 0;
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + length; i++) {
      while (sources[i].hasRemaining()) {
        total += write(sources[i]);
      }
    }
    return total;
  }

  @Override
  public SocketChannel bind(@Nullable SocketAddress local) throws IOException {
    real.bind(local);
    return this;
  }

  @Override
  public <T> SocketChannel setOption(SocketOption<T> name, T value) throws IOException {
    real.setOption(name, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return real.getOption(name);
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return real.supportedOptions();
  }

  @Override
  public SocketChannel shutdownInput() throws IOException {
    real.shutdownInput();
    return this;
  }

  @Override
  public SocketChannel shutdownOutput() throws IOException {
    real.shutdownOutput();
    return this;
  }

  @Override
  public Socket socket() {
    return real.socket();
  }

  @Override
  public boolean isConnected() {
    return real.isConnected();
  }

  @Override
  public boolean isConnectionPending() {
    return real.isConnectionPending();
  }

  @Override
  public boolean connect(SocketAddress remote) throws IOException {
    return real.connect(remote);
  }

  @Override
  public boolean finishConnect() throws IOException {
    return real.finishConnect();
  }

  @Override
  public @Nullable SocketAddress getRemoteAddress() throws IOException {
    return real.getRemoteAddress();
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() throws IOException {
    return real.getLocalAddress();
  }

  @Override
  public String toString() {
    return real.toString();
  }
}

package dev.weft.instrumentation.jdkhttpserver.inside;

import dev.weft.bridge.Connection;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Listener;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
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
  private static final int LINGER_MILLIS = 1_000;

  private static final int LINGER_BYTES = 1 << 20;

  private final SocketChannel real;
  private final Listener listener;
  private final Below below;
  private final ReentrantLock inbound = new ReentrantLock();

  /** Held while something may wait for the network to take it. */
  private final ReentrantLock outbound = new ReentrantLock();

  /** Null for plaintext that there is nothing more to say about. */
  private volatile @Nullable Connection connection;

  private boolean open;

  /** Whether it was to be closed before it was open: nothing that comes then is looked at. */
  private boolean refused;

  /** Of the last request, which may be over. */
  private volatile @Nullable Exchange exchange;

  /** Of its response, as it is seen to be written. */
  private volatile int status = NONE_EXPECTED;

  private volatile @Nullable Reading reading;
  private volatile boolean admitted;

  SniffingChannel(SocketChannel real, Listener listener) {
    super(real.provider());
    this.real = real;
    this.listener = listener;
    this.below = new Below(real, listener);
    this.connection = below.connection();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    inbound.lock();
    try {
      Connection by = connection;
      if (by == null) {
        return real.read(target);
      }
      int start = target.position();
      if (!open && !refused) {
        open(by, target);
      }
      if (refused) {
        return -1;
      }
      int count = target.position() - start;
      return count > 0 ? count : by.read(target);
    } finally {
      inbound.unlock();
    }
  }

  /** Waits for the first byte as long as the server itself would. */
  private void open(Connection opening, ByteBuffer target) throws IOException {
    int waitFor = opening.open(target);
    open = waitFor == 0;
    refused = waitFor < 0;
    if (open && opening.session() == null && opening.available() == 0) {
      connection = null;
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (status == NO_STATUS_YET) {
      status = ResponseHead.status(source, NO_STATUS_YET);
    }
    Connection by = connection;
    if (by == null) {
      return real.write(source);
    }
    outbound.lock();
    try {
      return by.write(source);
    } finally {
      outbound.unlock();
    }
  }

  /**
   * How many bytes a read would return without asking the network, at least; more than 0 if it
   * would return at all. The server would otherwise wait for bytes that it has.
   */
  int buffered() {
    Connection by = connection;
    if (by == null || !inbound.tryLock()) {
      return 0;
    }
    try {
      return by.available();
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
    Connection by = connection;
    Exchange begun = listener.begin(by == null ? null : by.session(), head);
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
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINGER_MILLIS);
    inbound.lock();
    try {
      real.shutdownOutput();
      ByteBuffer waste = ByteBuffer.allocate(8 * 1024);
      for (int count = 0, total = 0; count >= 0 && total < LINGER_BYTES; total += count) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          return;
        }
        waste.clear();
        count = below.read(waste, (int) left);
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
    Connection by = connection;
    // Whoever reads or writes now is woken by the close; a goodbye would have to wait for them.
    if (by != null && real.isOpen() && inbound.tryLock()) {
      try {
        if (outbound.tryLock()) {
          try {
            goodbye(by);
          } finally {
            outbound.unlock();
          }
        }
      } finally {
        inbound.unlock();
      }
    }
    real.close();
  }

  private void goodbye(Connection by) {
    try {
      real.configureBlocking(false);
      by.close();
    } catch (IOException | RuntimeException e) {
      // The peer, or the channel, is gone already.
    }
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

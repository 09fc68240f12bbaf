package dev.weft.instrumentation.tomcat;

import dev.weft.bootstrap.Listener;
import dev.weft.bootstrap.Listener.Sniff;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a plaintext connector, which its first bytes may turn into mesh TLS. Tomcat is
 * told of neither: to it this is a plaintext channel with a handshake. It is not a {@code
 * SecureNioChannel}, so no TLS attribute reaches the application.
 *
 * <p>The first bytes are peeked in Tomcat's own read buffer, where it looks before it reads from
 * the network: a plaintext connection costs one comparison and no copy.
 */
public final class MeshNioChannel extends NioChannel {
  private static final int UNDECIDED = 0;
  private static final int PLAINTEXT = 1;
  private static final int TLS = 2;

  /** A client has this long for the rest of a ClientHello that it began, in ms. */
  private static final long PEEK_TIMEOUT = 5_000;

  /** As Tomcat's own default, where the connector sets none, in ms. */
  private static final long HANDSHAKE_TIMEOUT = 20_000;

  /**
   * Tomcat before 9.0.36 or so does not ask a channel whether encrypted bytes are left when it
   * takes a write for done. There, a write waits until the network has taken all of it.
   */
  private static final boolean WRITE_WAITS = !tomcatAsksForOutboundRemaining();

  /** Whose session it is: channels are used again for other connections, wrappers are not. */
  private static final class Peer {
    private final SocketWrapperBase<?> connection;
    private final SSLSession session;

    Peer(SocketWrapperBase<?> connection, SSLSession session) {
      this.connection = connection;
      this.session = session;
    }
  }

  private @Nullable NioEndpoint endpoint;
  private @Nullable MeshPort port;
  private @Nullable TlsTransport tls;
  private @Nullable Listener listener;
  private volatile int state = PLAINTEXT;

  /**
   * Null until a handshake is over; one reference, so that no reader ever mixes two connections.
   */
  private volatile @Nullable Peer peer;

  /** Held for the maker of the engine, which keeps it weakly. */
  @SuppressWarnings("unused")
  private @Nullable HangUp hangUp;

  private MeshNioChannel(SocketBufferHandler buffers) {
    super(buffers);
  }

  /** Called on what {@code new NioChannel(buffers)} made, and takes its place. */
  public static NioChannel instead(NioChannel plain) {
    return new MeshNioChannel(plain.getBufHandler());
  }

  /** The session of a connection that speaks mesh TLS; null for any other, and for a closed one. */
  static @Nullable SSLSession session(@Nullable SocketWrapperBase<?> connection) {
    MeshNioChannel channel = connection == null ? null : of(connection);
    Peer known = channel == null ? null : channel.peer;
    return known != null && known.connection == connection ? known.session : null;
  }

  /** Who is told of a connection whose writes have to be encrypted; null for any other. */
  static @Nullable Listener encryptedFor(SocketWrapperBase<?> connection) {
    MeshNioChannel channel = of(connection);
    return channel != null && channel.state == TLS ? channel.listener : null;
  }

  /**
   * Asks for the channel once: Tomcat puts one of its own in its place when it closes the
   * connection, from any thread.
   */
  private static @Nullable MeshNioChannel of(SocketWrapperBase<?> connection) {
    Object channel = connection.getSocket();
    return channel instanceof MeshNioChannel ? (MeshNioChannel) channel : null;
  }

  /** Says which connector this channel belongs to, before each {@link #reset}. */
  void attach(NioEndpoint owner) {
    if (endpoint != owner) {
      endpoint = owner;
      port = MeshPort.find(owner);
    }
  }

  @Override
  public void reset(SocketChannel channel, NioEndpoint.NioSocketWrapper wrapper)
      throws IOException {
    super.reset(channel, wrapper);
    peer = null;
    hangUp = null;
    if (tls != null) {
      tls.clear();
    }
    listener = port == null ? null : port.listener();
    state = listener == null ? PLAINTEXT : UNDECIDED;
  }

  @Override
  public boolean isHandshakeComplete() {
    if (state == PLAINTEXT || peer != null) {
      return true;
    }
    // A client that sent nothing and runs into Tomcat's timeout is no failed handshake, and does
    // not belong in the access log: Tomcat closes it as it always did.
    return state == UNDECIDED && bufHandler.isReadBufferEmpty() && socketWrapper.getError() != null;
  }

  @Override
  public int handshake(boolean read, boolean write) throws IOException {
    if (state == UNDECIDED) {
      int waitFor = decide();
      if (state == UNDECIDED) {
        return waitFor;
      }
    }
    if (state == PLAINTEXT || peer != null) {
      return 0;
    }
    int waitFor = transport().handshake(sc);
    if (waitFor == 0) {
      // Kept connections save handshakes; a limit of requests a connection saves nothing.
      socketWrapper.setKeepAliveLeft(Integer.MAX_VALUE);
      socketWrapper.setReadTimeout(connectionTimeout());
      peer = new Peer(socketWrapper, transport().session());
    }
    return waitFor;
  }

  /** Looks at the first bytes: decides, or says what to wait for (-1: nothing, close). */
  private int decide() throws IOException {
    Listener judge = listener;
    if (judge == null) {
      state = PLAINTEXT;
      return 0;
    }
    bufHandler.configureReadBufferForWrite();
    ByteBuffer first = bufHandler.getReadBuffer();
    boolean begun = first.position() > 0;
    int read = sc.read(first);
    if (read < 0 && !begun) {
      // Connected and left, as probes do. Tomcat knows what to make of that.
      state = PLAINTEXT;
      return 0;
    }
    if (read <= 0) {
      return read < 0 ? -1 : SelectionKey.OP_READ;
    }
    if (!begun) {
      updateLastRead();
    }
    ByteBuffer firstBytes = first.duplicate();
    firstBytes.flip();
    Sniff sniffed = judge.sniff(firstBytes.asReadOnlyBuffer());
    if (sniffed == Sniff.NOT_OURS) {
      if (begun) {
        socketWrapper.setReadTimeout(connectionTimeout());
      }
      state = PLAINTEXT;
      return 0;
    }
    if (sniffed == Sniff.MESH_TLS) {
      startTls(judge, firstBytes);
      first.clear();
      return 0;
    }
    if (sniffed == Sniff.NEED_MORE) {
      return peekOn(first);
    }
    return -1;
  }

  private int peekOn(ByteBuffer first) {
    if (first.position() >= Listener.SNIFF_LIMIT) {
      return -1;
    }
    if (!first.hasRemaining()) {
      bufHandler.expand(Math.min(2 * first.capacity(), Listener.SNIFF_LIMIT));
    }
    int timeout = connectionTimeout();
    socketWrapper.setReadTimeout(timeout > 0 ? Math.min(timeout, PEEK_TIMEOUT) : PEEK_TIMEOUT);
    return SelectionKey.OP_READ;
  }

  private void startTls(Listener judge, ByteBuffer firstBytes) throws IOException {
    MeshPort owner = port;
    HangUp hold = new HangUp(sc);
    hangUp = hold;
    SSLEngine engine = owner == null ? null : owner.engine(judge, hold);
    if (engine == null) {
      throw new SSLException("no engine for a mesh TLS connection");
    }
    if (tls == null) {
      tls = new TlsTransport();
    }
    tls.begin(engine, firstBytes);
    int timeout = connectionTimeout();
    socketWrapper.setReadTimeout(timeout > 0 ? timeout : HANDSHAKE_TIMEOUT);
    state = TLS;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    return state == TLS ? transport().read(sc, to) : super.read(to);
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    return state == TLS ? transport().read(sc, to, offset, length) : super.read(to, offset, length);
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    if (state != TLS) {
      return super.write(from);
    }
    checkInterruptStatus();
    int written = transport().write(sc, from);
    waitIfMust();
    return written;
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    if (state != TLS) {
      return super.write(from, offset, length);
    }
    checkInterruptStatus();
    long written = transport().write(sc, from, offset, length);
    waitIfMust();
    return written;
  }

  private void waitIfMust() throws IOException {
    if (WRITE_WAITS) {
      transport().drain(sc, socketWrapper.getWriteTimeout());
    }
  }

  /** Overrides a method that only Tomcat's first versions here have. */
  public boolean flush(boolean block, Selector selector, long timeout) throws IOException {
    if (state == TLS && block) {
      transport().drain(sc, timeout);
    } else if (state == TLS) {
      transport().flush(sc);
    }
    return getOutboundRemaining() == 0;
  }

  @Override
  public int getOutboundRemaining() {
    return state == TLS ? transport().outboundRemaining() : 0;
  }

  @Override
  public boolean flushOutbound() throws IOException {
    return state == TLS && transport().flush(sc);
  }

  @Override
  public void close() throws IOException {
    if (state == TLS) {
      transport().close(sc);
    } else {
      super.close();
    }
  }

  private TlsTransport transport() {
    TlsTransport transport = tls;
    if (transport == null) {
      throw new IllegalStateException("not a TLS connection");
    }
    return transport;
  }

  private int connectionTimeout() {
    NioEndpoint owner = endpoint;
    return owner == null ? -1 : owner.getConnectionTimeout();
  }

  private void updateLastRead() {
    ((NioEndpoint.NioSocketWrapper) socketWrapper).updateLastRead();
  }

  private static boolean tomcatAsksForOutboundRemaining() {
    try {
      return Class.forName(
                  "org.apache.tomcat.util.net.SocketWrapperBase$OperationState",
                  false,
                  NioChannel.class.getClassLoader())
              .getDeclaredMethod("hasOutboundRemaining")
          != null;
    } catch (ReflectiveOperationException | LinkageError e) {
      return false;
    }
  }
}

package dev.weft.instrumentation.tomcat.inside;

import dev.weft.bridge.Connection;
import dev.weft.bridge.Listener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
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
 * <p>The first bytes are read into Tomcat's own read buffer, where it looks before it reads from
 * the network: a plaintext connection costs one comparison and no copy.
 */
public final class MeshNioChannel extends NioChannel {
  /**
   * Tomcat before 9.0.36 or so does not ask a channel whether encrypted bytes are left when it
   * takes a write for done. There, a write waits until the network has taken all of it.
   */
  private static final boolean WRITE_WAITS = !tomcatAsksForOutboundRemaining();

  /**
   * One connection, and how far it is: channels are used again for other connections, wrappers are
   * not.
   */
  private static final class Carried {
    private final SocketWrapperBase<?> owner;
    private final Listener listener;

    /** Null for plaintext that there is nothing more to say about. */
    private volatile @Nullable Connection connection;

    private volatile boolean open;

    Carried(SocketWrapperBase<?> owner, Listener listener, Connection connection) {
      this.owner = owner;
      this.listener = listener;
      this.connection = connection;
    }

    @Nullable SSLSession session() {
      Connection by = connection;
      return by == null ? null : by.session();
    }
  }

  private @Nullable NioEndpoint endpoint;
  private @Nullable MeshPort port;

  /** Null where nobody asks; one reference, so that no reader ever mixes two connections. */
  private volatile @Nullable Carried carried;

  private MeshNioChannel(SocketBufferHandler buffers) {
    super(buffers);
  }

  /** Called on what {@code new NioChannel(buffers)} made, and takes its place. */
  public static NioChannel instead(NioChannel plain) {
    return new MeshNioChannel(plain.getBufHandler());
  }

  /** The session of a connection that speaks mesh TLS; null for any other, and for a closed one. */
  static @Nullable SSLSession session(@Nullable SocketWrapperBase<?> connection) {
    Carried known = connection == null ? null : of(connection);
    return known == null ? null : known.session();
  }

  /** Who is told of a connection whose writes have to be encrypted; null for any other. */
  static @Nullable Listener encryptedFor(SocketWrapperBase<?> connection) {
    Carried known = of(connection);
    return known == null || known.session() == null ? null : known.listener;
  }

  /**
   * Asks for the channel once: Tomcat puts one of its own in its place when it closes the
   * connection, from any thread.
   */
  private static @Nullable Carried of(SocketWrapperBase<?> connection) {
    Object channel = connection.getSocket();
    Carried known = channel instanceof MeshNioChannel ? ((MeshNioChannel) channel).carried : null;
    return known != null && known.owner == connection ? known : null;
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
    carried = port == null ? null : carry(port, channel, wrapper);
  }

  private static @Nullable Carried carry(
      MeshPort port, SocketChannel channel, SocketWrapperBase<?> owner) {
    Listener listener = port.listener();
    Connection connection = listener == null ? null : port.connection(listener, channel);
    return listener == null || connection == null ? null : new Carried(owner, listener, connection);
  }

  @Override
  public boolean isHandshakeComplete() {
    Carried opening = carried;
    Connection by = opening == null ? null : opening.connection;
    // A client that sent nothing and runs into Tomcat's timeout is no failed handshake, and does
    // not belong in the access log: Tomcat closes it as it always did.
    return opening == null
        || by == null
        || opening.open
        || (by.patience() == 0 && socketWrapper.getError() != null);
  }

  @Override
  public int handshake(boolean read, boolean write) throws IOException {
    Carried opening = carried;
    Connection connection = opening == null ? null : opening.connection;
    if (opening == null || connection == null || opening.open) {
      return 0;
    }
    bufHandler.configureReadBufferForWrite();
    int waitFor = connection.open(bufHandler.getReadBuffer());
    int patience = connection.patience();
    if (waitFor > 0 && patience == 0) {
      return waitFor; // not a byte yet: as long as Tomcat waits
    }
    ((NioEndpoint.NioSocketWrapper) socketWrapper).updateLastRead();
    int timeout = connectionTimeout();
    if (waitFor > 0) {
      limit(timeout > 0 ? Math.min(timeout, patience) : patience);
    } else if (waitFor == 0) {
      opened(opening, connection);
      limit(timeout);
    }
    return waitFor;
  }

  private void limit(int millis) {
    socketWrapper.setReadTimeout(millis);
    socketWrapper.setWriteTimeout(millis);
  }

  private void opened(Carried opening, Connection connection) {
    if (connection.session() != null) {
      // Kept connections save handshakes; a limit of requests a connection saves nothing.
      socketWrapper.setKeepAliveLeft(Integer.MAX_VALUE);
    } else if (connection.available() == 0) {
      opening.connection = null;
    }
    opening.open = true;
  }

  /** What reads and writes; null for plaintext that there is nothing more to say about. */
  private @Nullable Connection by() {
    Carried current = carried;
    return current == null ? null : current.connection;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    Connection by = by();
    return by == null ? super.read(to) : by.read(to);
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) throws IOException {
    Connection by = by();
    return by == null ? super.read(to, offset, length) : by.read(to, offset, length);
  }

  @Override
  public int write(ByteBuffer from) throws IOException {
    Connection by = by();
    if (by == null) {
      return super.write(from);
    }
    checkInterruptStatus();
    int written = by.write(from);
    waitIfMust(by);
    return written;
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) throws IOException {
    Connection by = by();
    if (by == null) {
      return super.write(from, offset, length);
    }
    checkInterruptStatus();
    long written = by.write(from, offset, length);
    waitIfMust(by);
    return written;
  }

  private void waitIfMust(Connection connection) throws IOException {
    if (WRITE_WAITS) {
      connection.drain(socketWrapper.getWriteTimeout());
    }
  }

  /** Overrides a method that only Tomcat's first versions here have. */
  public boolean flush(boolean block, Selector selector, long timeout) throws IOException {
    Connection by = by();
    if (by != null && block) {
      by.drain(timeout);
    } else if (by != null) {
      by.flush();
    }
    return getOutboundRemaining() == 0;
  }

  @Override
  public int getOutboundRemaining() {
    Connection by = by();
    return by == null ? 0 : by.unsent();
  }

  @Override
  public boolean flushOutbound() throws IOException {
    Connection by = by();
    return by != null && by.flush();
  }

  @Override
  public void close() throws IOException {
    Connection by = by();
    try {
      if (by != null) {
        by.close();
      }
    } finally {
      super.close();
      carried = null; // only now: nothing is ever sent in plaintext instead
    }
  }

  private int connectionTimeout() {
    NioEndpoint owner = endpoint;
    return owner == null ? -1 : owner.getConnectionTimeout();
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

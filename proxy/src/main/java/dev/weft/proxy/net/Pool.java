package dev.weft.proxy.net;

import dev.weft.bridge.MeshAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Connections of one event loop to others: those that wait for their next request, and how new ones
 * are made. An address is one object for one endpoint, its identities and ours, so that a
 * connection is never lent across any of them.
 */
final class Pool {
  private static final int MAX_IDLE_OF_ONE = 64;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int HANDSHAKE_MILLIS = 5_000;

  private final Worker worker;
  private final int maxIdle;
  private final Map<MeshAddress, Deque<ClientConnection>> idle = new IdentityHashMap<>();
  private int idleCount;

  Pool(Worker worker, int maxIdle) {
    this.worker = worker;
    this.maxIdle = maxIdle;
  }

  /** Told what became of a connection that was asked for; on the event loop. */
  interface Waiting {
    void connected(ClientConnection connection);

    void failed(Throwable error);
  }

  /** The connection that was used last, for it is the least likely to be closed; null if none. */
  @Nullable ClientConnection take(MeshAddress address) {
    Deque<ClientConnection> waiting = idle.get(address);
    while (waiting != null && !waiting.isEmpty()) {
      ClientConnection last = waiting.pollFirst();
      left(address, waiting);
      if (last.usable()) {
        return last;
      }
      last.close();
    }
    return null;
  }

  /** Keeps a connection for its next request. */
  void give(ClientConnection connection) {
    Deque<ClientConnection> waiting =
        idle.computeIfAbsent(connection.address(), address -> new ArrayDeque<>());
    if (idleCount >= maxIdle || waiting.size() >= MAX_IDLE_OF_ONE) {
      if (waiting.isEmpty()) {
        idle.remove(connection.address());
      }
      connection.close();
      return;
    }
    waiting.addFirst(connection);
    idleCount++;
  }

  /** One that waited here has been closed. */
  void gone(ClientConnection connection) {
    Deque<ClientConnection> waiting = idle.get(connection.address());
    if (waiting != null && waiting.remove(connection)) {
      left(connection.address(), waiting);
    }
  }

  /** One that waited here was of no use any more; most likely those beside it are not either. */
  void distrust(MeshAddress address) {
    Deque<ClientConnection> waiting = idle.remove(address);
    if (waiting != null) {
      idleCount -= waiting.size();
      new ArrayList<>(waiting).forEach(ClientConnection::close);
    }
  }

  private void left(MeshAddress address, Deque<ClientConnection> waiting) {
    idleCount--;
    if (waiting.isEmpty()) {
      idle.remove(address);
    }
  }

  int idle() {
    return idleCount;
  }

  /**
   * Makes a new connection.
   *
   * @param limitNanos for all of it, TLS included; 0 for our own limit, which holds in any case
   * @param alpn protocols to offer, where it is mesh TLS
   * @return ends the attempt if it is not over; the waiting one is not told then
   */
  Runnable connect(MeshAddress address, long limitNanos, Waiting waiting, String... alpn) {
    ClientConnection connection = new ClientConnection(worker, address);
    ChannelFuture connecting =
        new Bootstrap()
            .group(worker.loop())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, Buffers.reads())
            // An answer that came before the whole request was taken is still to be read.
            .option(ChannelOption.AUTO_CLOSE, address.tls())
            .handler(new Made(address, connection, alpn))
            // The same octets under no name: there is nothing to be looked up.
            .connect(new InetSocketAddress(address.getAddress(), address.getPort()));
    Connecting made = new Connecting(connecting.channel(), connection, waiting);
    made.limit(limitNanos);
    connecting.addListener(
        future -> {
          if (!future.isSuccess()) {
            made.failed(Errors.cause(future));
          } else if (!address.tls()) {
            made.connected();
          } else {
            SslHandler tls = connecting.channel().pipeline().get(SslHandler.class);
            if (tls == null) {
              made.failed(new java.nio.channels.ClosedChannelException());
            } else {
              tls.handshakeFuture().addListener((Future<Channel> done) -> made.shaken(done));
            }
          }
        });
    return made::cancel;
  }

  /** A connection being made. Whoever waits is told once; all on the event loop. */
  private static final class Connecting {
    private final Channel channel;
    private final ClientConnection connection;
    private final Waiting waiting;
    private @Nullable Future<?> limit;
    private boolean over;

    Connecting(Channel channel, ClientConnection connection, Waiting waiting) {
      this.channel = channel;
      this.connection = connection;
      this.waiting = waiting;
    }

    void limit(long nanos) {
      if (nanos > 0) {
        limit = channel.eventLoop().schedule(() -> late(nanos), nanos, TimeUnit.NANOSECONDS);
      }
    }

    private void late(long nanos) {
      if (end()) {
        channel.close();
        String said = "no connection within " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
        waiting.failed(new ConnectTimeoutException(said));
      }
    }

    void shaken(Future<Channel> done) {
      if (!done.isSuccess()) {
        failed(Errors.cause(done));
      } else if (!connection.peerHolds()) {
        // A resumed session has passed no trust manager: the certificate may have ended since.
        connection.close();
        failed(new SSLPeerUnverifiedException("the peer's certificate has ended"));
      } else {
        connected();
      }
    }

    void connected() {
      if (end()) {
        waiting.connected(connection);
      }
    }

    void failed(Throwable error) {
      if (end()) {
        waiting.failed(error);
      }
    }

    void cancel() {
      if (end()) {
        channel.close();
      }
    }

    private boolean end() {
      boolean ends = !over;
      over = true;
      if (limit != null) {
        limit.cancel(false);
      }
      return ends;
    }
  }

  private static final class Made extends ChannelInitializer<Channel> {
    private final MeshAddress address;
    private final ClientConnection connection;
    private final String[] alpn;

    Made(MeshAddress address, ClientConnection connection, String[] alpn) {
      this.address = address;
      this.connection = connection;
      this.alpn = alpn;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (address.tls()) {
        MeshTls tls = new MeshTls(address.clientEngine(alpn), held -> {});
        tls.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
        channel.pipeline().addLast(tls).addLast(tls.witness());
      }
      channel.pipeline().addLast(connection);
    }
  }
}

package dev.weft.coordinator.mesh;

import dev.weft.ca.CertificateAuthority;
import dev.weft.coordinator.ca.ServerIdentity;
import dev.weft.wire.Message;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mesh port: TLS 1.3, ALPN {@code weft/1}, a client certificate where there is one. */
public final class MeshServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MeshServer.class);

  /** Beyond this much unread an agent is slow, and gets marks instead of frames. */
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(256 << 10, 1 << 20);

  /** Whoever sends without end is read a little of, and then the next one has a turn. */
  private static final RecvByteBufAllocator SHORT_TURNS =
      new AdaptiveRecvByteBufAllocator(64, 2048, 16 * 1024).maxMessagesPerRead(2);

  /**
   * So many a thread that none is idle while a peer answers, and so few that a thousand agents that
   * come at once are served one after the other.
   */
  private static final int HANDSHAKES_OF_A_THREAD = 16;

  /** Who takes longer to answer goes on, but holds up nobody. */
  private static final long PATIENCE_MILLIS = 500;

  private final Hub hub;
  private final CertificateAuthority ca;
  private final ServerIdentity identity;
  private volatile SslContext tls;
  private volatile List<X509Certificate> roots;
  private final SvidTrust trust;
  private final ExecutorService handshakes;
  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger open = new AtomicInteger();
  private final Strangers strangers;
  private final HandshakeGate gate;
  private final Channel server;

  private MeshServer(
      Hub hub,
      CertificateAuthority ca,
      ServerIdentity identity,
      InetSocketAddress listen,
      Clock clock)
      throws IOException {
    this.hub = hub;
    this.trust = new SvidTrust(ca::bundle, ca.trustDomain(), hub.revocations(), clock);
    this.ca = ca;
    this.identity = identity;
    this.roots = ca.bundle();
    this.tls = context(identity, trust);
    hub.revocations().onChange(this::forgetSessions);
    this.strangers =
        new Strangers(hub.limits().unidentified(), hub.limits().unidentifiedOfASource());
    int threads = Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()));
    this.gate = new HandshakeGate(HANDSHAKES_OF_A_THREAD * threads);
    // A handshake takes milliseconds of CPU: not on the loops, where other agents' frames wait.
    this.handshakes =
        Executors.newFixedThreadPool(threads, new DefaultThreadFactory("weft-handshake", true));
    this.acceptor =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("weft-accept", true), NioIoHandler.newFactory());
    this.loops =
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory("weft-mesh", true), NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(acceptor, loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER)
            .childOption(ChannelOption.RCVBUF_ALLOCATOR, SHORT_TURNS)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accept(channel);
                  }
                })
            .bind(listen)
            .awaitUninterruptibly();
    this.server = bound.channel();
    if (!bound.isSuccess()) {
      shutDownThreads();
      throw new IOException(
          "mesh port "
              + listen.getHostString()
              + ":"
              + listen.getPort()
              + ": "
              + bound.cause().getMessage()
              + " (expected: a free port; is another coordinator running?)",
          bound.cause());
    }
  }

  /**
   * Binds the port; connections wait until {@link #open}.
   *
   * @param listen port 0: a free one
   * @throws IOException if it cannot be bound
   */
  public static MeshServer bind(
      Hub hub,
      CertificateAuthority ca,
      ServerIdentity identity,
      InetSocketAddress listen,
      Clock clock)
      throws IOException {
    return new MeshServer(hub, ca, identity, listen, clock);
  }

  /**
   * What was revoked, or is of a root that has retired, is not to be resumed: a full handshake
   * refuses it with an alert, by which an agent knows that it has to join again; the end of a
   * resumed one tells it nothing.
   */
  private void forgetSessions() {
    try {
      tls = context(identity, trust);
    } catch (SSLException e) {
      log.error("sessions of certificates that are believed no more cannot be forgotten", e);
    }
  }

  private SslContext tls() {
    List<X509Certificate> now = ca.bundle();
    if (!roots.equals(now)) {
      roots = now;
      forgetSessions();
    }
    return tls;
  }

  /** Begins to take connections. */
  public void open() {
    server.config().setAutoRead(true);
  }

  /** Where it really listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  private static SslContext context(ServerIdentity identity, SvidTrust trust) throws SSLException {
    return SslContextBuilder.forServer(identity)
        .sslProvider(SslProvider.JDK)
        .trustManager(trust)
        .clientAuth(ClientAuth.OPTIONAL)
        .protocols("TLSv1.3")
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.FATAL_ALERT,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                Message.ALPN))
        .build();
  }

  private void accept(SocketChannel channel) {
    int now = open.incrementAndGet();
    Strangers.Stranger stranger = strangers.admit(channel.remoteAddress(), channel::close);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              open.decrementAndGet();
              stranger.leave();
            });
    if (now > hub.limits().connections()) {
      log.debug("{}: too many connections ({})", channel, now);
      channel.close();
      return;
    }
    connections.add(channel);
    channel
        .pipeline()
        .addLast(
            new ClientHello(hub.limits().clientHello(), context -> awaitTurn(context, stranger)));
  }

  private void awaitTurn(ChannelHandlerContext context, Strangers.Stranger stranger) {
    stranger.advance(Strangers.Stage.WAITING);
    HandshakeGate.Turn turn =
        gate.enter(
            Strangers.source(context.channel().remoteAddress()),
            its -> context.executor().execute(() -> shakeHands(context, stranger, its)));
    context.channel().closeFuture().addListener(closed -> turn.end());
  }

  private void shakeHands(
      ChannelHandlerContext context, Strangers.Stranger stranger, HandshakeGate.Turn turn) {
    Channel channel = context.channel();
    if (!channel.isActive() || context.isRemoved()) {
      turn.end();
      return;
    }
    stranger.advance(Strangers.Stage.SHAKING_HANDS);
    context.executor().schedule(turn::end, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    // Whoever has gone meanwhile, or had to make room, costs no handshake: else those who wait
    // would wait for them.
    SslHandler handler =
        tls()
            .newHandler(
                context.alloc(),
                task ->
                    handshakes.execute(
                        () -> {
                          if (channel.isActive()) {
                            task.run();
                          }
                        }));
    handler.handshakeFuture().addListener(done -> turn.end());
    handler.setHandshakeTimeoutMillis(hub.limits().greeting().toMillis());
    TlsRecords records = new TlsRecords();
    context
        .pipeline()
        .addLast(records)
        .addLast(handler)
        .addLast(new MeshConnection(hub, trust, stranger, records));
    context.pipeline().remove(context.name()); // hands on what it has read
  }

  /** Says goodbye to every agent, then closes; their instances stay registered. */
  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    hub.stop();
    // Streams end by themselves once their goodbye is written; what is left is cut.
    connections.newCloseFuture().awaitUninterruptibly(1, TimeUnit.SECONDS);
    connections.close().awaitUninterruptibly(2, TimeUnit.SECONDS);
    shutDownThreads();
  }

  private void shutDownThreads() {
    acceptor.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    handshakes.shutdown();
  }
}

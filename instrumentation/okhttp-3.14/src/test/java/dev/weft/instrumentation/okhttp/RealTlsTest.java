package dev.weft.instrumentation.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.MeshAddress;
import dev.weft.policy.SpiffeId;
import dev.weft.runtime.tls.EndpointTls;
import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import dev.weft.testkit.Authority;
import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestAttempt;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.FieldSource;

/** Over the mesh TLS that processes speak: the kit's endpoints have the JDK's own sockets. */
@Timeout(60)
@ParameterizedClass(name = "OkHttp {0}")
@FieldSource("dev.weft.instrumentation.okhttp.OkHttps#VERSIONS")
class RealTlsTest {
  private final Authority authority = new Authority("mesh");
  private final MeshTls shop = tls("shop");
  private final MeshTls orders = tls("orders");
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final AtomicInteger requests = new AtomicInteger();
  private final TestOutbound outbound = new TestOutbound();
  private final String version;
  private Channel acceptor;

  RealTlsTest(String version) {
    Weaver.install(new OkHttpModule());
    this.version = version;
  }

  private MeshTls tls(String service) {
    MeshTls made = new MeshTls(java.time.Instant::now, new TlsCounters(), null);
    Identity identity = authority.issue(service);
    made.install(identity);
    made.install(authority.bundle());
    return made;
  }

  @BeforeEach
  void start() {
    TestMesh.get().reset();
    TestMesh.get().outbound(outbound);
    acceptor =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new SslHandler(orders.serverEngine(() -> {}, "http/1.1")))
                        .addLast(new HttpServerCodec())
                        .addLast(new HttpObjectAggregator(1 << 16))
                        .addLast(new Answering());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  private final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      requests.incrementAndGet();
      DefaultFullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.OK,
              Unpooled.copiedBuffer("ok", StandardCharsets.UTF_8));
      HttpUtil.setContentLength(response, 2);
      context.writeAndFlush(response);
    }
  }

  /** What the host of the agent makes of an endpoint. */
  private static final class Endpoint extends MeshAddress {
    private static final long serialVersionUID = 1L;

    private final transient @Nullable EndpointTls tls;

    Endpoint(int port, @Nullable EndpointTls tls) throws UnknownHostException {
      super(
          InetAddress.getByAddress("endpoint-" + port + ".weft", new byte[] {127, 0, 0, 1}), port);
      this.tls = tls;
    }

    @Override
    public boolean tls() {
      return true;
    }

    @Override
    public SSLEngine clientEngine(String... alpn) {
      return mesh().engine("127.0.0.1", getPort(), alpn);
    }

    @Override
    public Socket layer(Socket raw, int timeoutMillis) throws IOException {
      return mesh().layer(raw, 5_000);
    }

    @Override
    public SSLSocketFactory sslSocketFactory() {
      return mesh().socketFactory(5_000);
    }

    private EndpointTls mesh() {
      if (tls == null) {
        throw new IllegalStateException("no mesh TLS");
      }
      return tls;
    }
  }

  private void route(String service) throws UnknownHostException {
    SpiffeId id = new SpiffeId("weft.internal", "default", service);
    MeshAddress endpoint =
        new Endpoint(
            ((InetSocketAddress) acceptor.localAddress()).getPort(),
            shop.client(id.sniHost(), Set.of(id)).endpoint());
    outbound.route("orders", () -> TestAttempt.to(endpoint));
  }

  /** An application that has just started, with no connection. */
  private Object application() {
    return LibraryLoader.make(version, Object.class, Scenes.class);
  }

  private static Object get(Object application) throws Exception {
    return get(application, "http://orders/x");
  }

  private static Object get(Object application, String url) throws Exception {
    try {
      return application.getClass().getMethod("get", String.class).invoke(application, url);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @Test
  void connectionsAreKept_andSessionsResumed() throws Exception {
    route("orders");
    Object one = application();
    get(one);
    assertThat(get(one)).isEqualTo(List.of("200 ok", "200 ok"));
    assertThat(shop.counters().clientHandshakes()).isEqualTo(1);
    long verified = shop.counters().chainsVerified() + shop.counters().chainsFromCache();
    assertThat(get(application())).isEqualTo(List.of("200 ok"));
    assertThat(shop.counters().clientHandshakes()).isEqualTo(2);
    assertThat(shop.counters().chainsVerified() + shop.counters().chainsFromCache())
        .as("resumed")
        .isEqualTo(verified);
  }

  /** A fault of ours in the middle of it all: closed, not open. */
  @Test
  void withoutMeshTls_nothingIsSent() throws Exception {
    try (Origin plain = new Origin(null)) {
      MeshAddress broken = new Endpoint(plain.port(), null);
      outbound.route("127.0.0.1", () -> TestAttempt.to(broken));
      assertThatThrownBy(() -> get(application(), "http://127.0.0.1:" + plain.port() + "/"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("[weft: no connection to endpoint-");
      assertThat(plain.requests()).isEmpty();
      assertThat(TestMesh.get().faults()).hasSize(1);
      TestMesh.get().reset();
    }
  }

  @Test
  void somebodyElse_isSentNothing() throws Exception {
    route("pay");
    assertThatThrownBy(() -> get(application())).isInstanceOf(IOException.class);
    assertThat(requests).hasValue(0);
    assertThat(outbound.outcomes().get(0).get(0)).contains("SSL");
  }
}

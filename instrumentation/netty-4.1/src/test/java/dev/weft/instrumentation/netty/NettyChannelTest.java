package dev.weft.instrumentation.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.HostileStranger;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Identities;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a connection is, and what the application sees of that, on Netty alone. */
class NettyChannelTest extends AbstractNettyTest {
  // ---- what is neither HTTP nor gRPC

  @Test
  void aConnectionWithoutRequestsIsAdmittedAsOne() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(new Echo()));
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      assertThat(echo(plain, "first")).isEqualTo("first");
      assertThat(echo(tls, "second")).isEqualTo("second");
      assertThat(echo(tls, "third")).isEqualTo("third");
    }
    TestListener listener = TestMesh.get().listener(port(server));
    assertThat(listener.asked())
        .extracting(TestListener.Asked::peer)
        .containsExactlyInAnyOrder(null, "shop");
    assertThat(listener.asked()).allMatch(a -> a.method().isEmpty() && a.path().isEmpty());
    listener.awaitEnds(2);
  }

  @Test
  void strictHoldsForItAndNotAByteReachesTheApplication() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(new Echo()));
    TestMesh.get().listener(port(server)).strict();
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      plain.send("by nobody");
      assertThat(plain.closedByPeer()).isTrue();
      assertThat(echo(tls, "by shop")).isEqualTo("by shop");
    }
    assertThat(seen).containsExactly("by shop");
  }

  @Test
  void aServerMaySpeakFirst() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(new Greeting()));
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        assertThat(read(client, 5)).isEqualTo("hello");
      }
    }
    TestListener listener = TestMesh.get().listener(port(server));
    assertThat(listener.asked())
        .extracting(TestListener.Asked::peer)
        .containsExactlyInAnyOrder(null, "shop");
  }

  @Test
  void itDoesNotSpeakToWhomStrictKeepsOut() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(new Greeting()));
    TestMesh.get().listener(port(server)).strict();
    try (Http1 plain = Http1.plain(port(server))) {
      assertThat(plain.in().read()).isEqualTo(-1);
    }
  }

  // ---- what the application can see, and do

  @Test
  void thePipelineShowsNothing() throws Exception {
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast("codec", new HttpServerCodec())
                    .addLast("all", new HttpObjectAggregator(1_000))
                    .addLast("application", new Answers()));
    try (Http1 tls = Http1.tls(port(server), "shop")) {
      assertThat(tls.get("/pipeline").text())
          .startsWith("[codec, all, application, DefaultChannelPipeline$TailContext")
          .endsWith("null");
    }
  }

  @Test
  void filesAreSentInOrder(@TempDir Path folder) throws Exception {
    byte[] content = new byte[3_000_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31 >> 3);
    }
    File file = Files.write(folder.resolve("file"), content).toFile();
    Channel server = bind(pipe -> pipe.pipeline().addLast(new Sends(file)));
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        client.send("send");
        assertThat(read(client, 6)).isEqualTo("before");
        for (int i = 0; i < 2; i++) {
          assertThat(client.in().readNBytes(content.length)).isEqualTo(content);
          assertThat(read(client, 5)).isEqualTo("after");
        }
        assertThat(client.closedByPeer()).isTrue();
      }
    }
  }

  @Test
  void whoeverReadsOnDemandIsGivenWhatWasAskedFor() throws Exception {
    Channel server =
        bind(
            pipe -> {
              pipe.config().setAutoRead(false);
              pipe.pipeline().addLast(new Echo());
              pipe.read();
            });
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        assertThat(echo(client, "one")).isEqualTo("one");
        assertThat(echo(client, "two")).isEqualTo("two");
      }
    }
  }

  @Test
  void itsOwnTlsShowsWithItsFirstConnection() throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(Identities.keys("orders"), Identities.password().toCharArray());
    SslContext own = SslContextBuilder.forServer(keys).sslProvider(SslProvider.JDK).build();
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast(own.newHandler(pipe.alloc()))
                    .addLast(new HttpServerCodec())
                    .addLast(new HttpObjectAggregator(1_000))
                    .addLast(new Answers()));
    TestListener before = TestMesh.get().listener(port(server));
    for (int i = 0; i < 2; i++) {
      try (Http1 https =
          Http1.tls(Http1.connect(port(server)), "shop", "orders.example.com", "http/1.1")) {
        assertThat(https.get("/").status()).isEqualTo(200);
      }
    }
    TestListener after = TestMesh.get().listener(port(server));
    assertThat(before.closed()).isTrue();
    assertThat(before.ownTls()).isFalse();
    assertThat(after.ownTls()).isTrue();
    assertThat(after.asked()).extracting(TestListener.Asked::peer).containsExactly(null, null);
    assertThat(TestMesh.get().listeners()).containsExactly(before, after);
  }

  @Test
  void whatAnApplicationSendsUpByItselfChangesNothing() throws Exception {
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast(
                        new ChannelInboundHandlerAdapter() {
                          @Override
                          public void channelActive(ChannelHandlerContext context) {
                            context.pipeline().fireChannelRead("connected");
                            context.pipeline().fireUserEventTriggered("connected");
                          }
                        })
                    .addLast(http()));
    TestMesh.get().listener(port(server)).strict();
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      assertThat(plain.get("/").status()).isEqualTo(403);
      assertThat(tls.get("/by-shop").status()).isEqualTo(200);
    }
    assertThat(seen).containsExactly("/by-shop");
  }

  @Test
  void whatStandsBeforeTheCodecIsAskedAboutToo() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(new Detector()).addLast(http()));
    TestMesh.get().listener(port(server)).strict();
    try (Http1 binary = Http1.plain(port(server));
        Http1 request = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      binary.out().write(new byte[] {0x10, 1, 2, 3});
      assertThat(binary.closedByPeer()).isTrue();
      assertThat(request.get("/").status()).isEqualTo(403);
      tls.out().write(new byte[] {0x10, 1, 2, 3});
      assertThat(tls.in().read()).isEqualTo(0x10);
    }
    assertThat(seen).containsExactly("binary");
    assertThat(TestMesh.get().listener(port(server)).asked()).hasSize(3);
  }

  @Test
  void aServerMaySpeakFirstAndHangUp() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(new TooMany()));
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        assertThat(read(client, 8)).isEqualTo("too many");
        assertThat(client.closedByPeer()).isTrue();
      }
    }
  }

  @Test
  void whoHangsUpLearnsOfTheEnd_whateverBecomesOfTheHandshake() throws Exception {
    TooMany handler = new TooMany();
    Channel server = bind(pipe -> pipe.pipeline().addLast(handler));
    byte[] hello = HostileStranger.clientHello();
    try (Socket leaves = Http1.connect(port(server))) {
      leaves.getOutputStream().write(hello);
      leaves.getInputStream().read(); // the handshake goes on
    }
    handler.told.get();
  }

  @Test
  void whoStartsOverIsNotDecryptedAgain() throws Exception {
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast(
                        new ChannelInboundHandlerAdapter() {
                          @Override
                          public void channelRead(ChannelHandlerContext context, Object message) {
                            // As port unification does, once it knows what this is.
                            context
                                .pipeline()
                                .addLast(new HttpObjectAggregator(1_000), new Answers());
                            context.pipeline().remove(this);
                            context.pipeline().fireChannelRead(message);
                          }
                        })
                    .addLast(new HttpServerCodec()));
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        assertThat(client.get("/again").text()).isEqualTo("/again");
      }
    }
  }

  /** Takes what begins with a byte of its own protocol by itself. */
  private final class Detector extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (((ByteBuf) message).getByte(0) == 0x10) {
        seen.add("binary");
        context.writeAndFlush(message);
      } else {
        context.fireChannelRead(message);
      }
    }
  }

  /** Speaks first, and hangs up. */
  @Sharable
  private static final class TooMany extends ChannelInboundHandlerAdapter {
    final CompletableFuture<Boolean> told = new CompletableFuture<>();

    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.writeAndFlush(text("too many"));
      context.close().addListener(closed -> told.complete(closed.isSuccess()));
    }
  }
}

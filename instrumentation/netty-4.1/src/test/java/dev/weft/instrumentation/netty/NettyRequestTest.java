package dev.weft.instrumentation.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Await;
import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of requests where applications are careless, on Netty alone. */
class NettyRequestTest extends AbstractNettyTest {
  @Test
  void aRefusalWaitsForItsTurn() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(http()));
    TestListener listener = TestMesh.get().listener(port(server));
    listener.rule(
        asked -> asked.path().equals("/no") ? TestListener.refusal(403, "not you") : null);
    try (Http1 client = Http1.plain(port(server))) {
      client.send(
          "GET /slow HTTP/1.1\r\nHost: o\r\n\r\n"
              + "GET /no HTTP/1.1\r\nHost: o\r\n\r\n"
              + "GET /never HTTP/1.1\r\nHost: o\r\n\r\n");
      Await.until("both to be asked about", () -> listener.asked().size() == 2);
      Await.until("the first", () -> seen.contains("/slow"));
      server.eventLoop().execute(this::release);
      assertThat(client.read().text()).isEqualTo("/slow");
      Http1.Response refused = client.read();
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).contains("not you");
      assertThat(client.closedByPeer()).isTrue();
    }
    assertThat(seen).doesNotContain("/no", "/never");
  }

  @Test
  void whoIsRefusedMayFinishSending() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(http()));
    TestMesh.get().listener(port(server)).rule(asked -> TestListener.refusal(403, "not you"));
    try (Http1 plain = Http1.plain(port(server));
        Http1 tls = Http1.tls(port(server), "shop")) {
      for (Http1 client : List.of(plain, tls)) {
        client.send("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 900000\r\n\r\n");
        client.send("x".repeat(900_000));
        assertThat(client.read().status()).isEqualTo(403);
        assertThat(client.closedByPeer()).isTrue();
      }
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void ofAnEndlessOneNoMoreIsReadThanThereIsPatienceFor() throws Exception {
    Channel server = bind(pipe -> pipe.pipeline().addLast(http()));
    TestMesh.get().listener(port(server)).rule(asked -> TestListener.refusal(403, "not you"));
    try (Http1 client = Http1.plain(port(server))) {
      client.send("POST / HTTP/1.1\r\nHost: o\r\nContent-Length: 90000000\r\n\r\n");
      byte[] some = new byte[100_000];
      int sent = 0;
      try {
        while (sent < 90_000_000) {
          client.out().write(some);
          sent += some.length;
        }
      } catch (IOException e) {
        // Cut off.
      }
      assertThat(sent).isLessThan(50_000_000);
    }
  }

  @Test
  void halfAHeadIsAskedAboutAsWell() throws Exception {
    Channel server =
        bind(
            pipe -> {
              pipe.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
              pipe.pipeline().addLast(http());
            });
    TestListener listener = TestMesh.get().listener(port(server));
    listener.rule(asked -> TestListener.refusal(403, "not you"));
    try (Http1 client = Http1.plain(port(server))) {
      client.send("GET /admin HTTP/1.1\r\nHost: o\r\nhalf: ");
      client.socket().shutdownOutput();
      assertThat(client.read().status()).isEqualTo(403);
      assertThat(client.closedByPeer()).isTrue();
    }
    assertThat(listener.asked()).extracting(TestListener.Asked::path).containsExactly("/admin");
    assertThat(seen).isEmpty();
  }

  @Test
  void whatWasSentAheadOfTheEndEndsWithIt() throws Exception {
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast(new HttpServerCodec())
                    .addLast(new HttpObjectAggregator(1_000))
                    .addLast(
                        new SimpleChannelInboundHandler<FullHttpRequest>() {
                          @Override
                          protected void channelRead0(
                              ChannelHandlerContext context, FullHttpRequest request) {
                            if (seen.isEmpty()) {
                              context.close();
                            }
                            seen.add(request.uri());
                          }
                        }));
    TestListener listener = TestMesh.get().listener(port(server));
    try (Http1 client = Http1.plain(port(server))) {
      client.send("GET / HTTP/1.1\r\nHost: o\r\n\r\n".repeat(3));
      assertThat(client.closedByPeer()).isTrue();
    }
    Await.until("the end", () -> listener.requestsEnded() >= 1);
    assertThat(listener.requestsStarted()).isEqualTo(listener.requestsEnded());
  }

  @Test
  void aRefusalPassesAnEncoderThatStandsFirst() throws Exception {
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast(new HttpResponseEncoder())
                    .addLast(new HttpRequestDecoder())
                    .addLast(new HttpObjectAggregator(1_000))
                    .addLast(new Answers()));
    TestListener listener = TestMesh.get().listener(port(server));
    listener.rule(
        asked -> asked.path().equals("/no") ? TestListener.refusal(403, "not you") : null);
    try (Http1 client = Http1.plain(port(server))) {
      assertThat(client.get("/yes").text()).isEqualTo("/yes");
      Http1.Response refused = client.get("/no");
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).contains("not you");
      assertThat(client.closedByPeer()).isTrue();
    }
    assertThat(seen).containsExactly("/yes");
  }

  @Test
  void aSecondHeadOnAStreamIsNoRequest() throws Exception {
    Channel server =
        bind(
            pipe ->
                pipe.pipeline()
                    .addLast(Http2FrameCodecBuilder.forServer().build())
                    .addLast(
                        new Http2MultiplexHandler(
                            new ChannelInitializer<Channel>() {
                              @Override
                              protected void initChannel(Channel stream) {
                                stream
                                    .pipeline()
                                    .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                                    .addLast(
                                        new SimpleChannelInboundHandler<HttpObject>() {
                                          @Override
                                          protected void channelRead0(
                                              ChannelHandlerContext context, HttpObject message) {
                                            if (message instanceof HttpRequest) {
                                              seen.add(((HttpRequest) message).uri());
                                            }
                                          }
                                        });
                              }
                            })));
    TestListener listener = TestMesh.get().listener(port(server));
    try (Http2 client = Http2.over(Http1.plain(port(server)))) {
      client.send(Http2.HEADERS, 4, 1, Http2.head("POST", "http", "orders", "/allowed"));
      client.send(Http2.HEADERS, 5, 1, Http2.head("DELETE", "http", "orders", "/secret"));
      Http2.Frame frame = client.next();
      while (frame.type() != Http2.RST_STREAM) {
        frame = client.next();
      }
      assertThat(frame.stream()).isEqualTo(1);
    }
    assertThat(listener.asked()).extracting(TestListener.Asked::path).containsExactly("/allowed");
    assertThat(seen).containsExactly("/allowed");
    listener.awaitEnds(1);
  }
}

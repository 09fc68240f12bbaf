package dev.weft.testkit.client;

import dev.weft.testkit.Identities;
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
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** HTTP/2 over mesh TLS. */
final class Http2Server implements KitServer {
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Queue<Seen> requests = new ConcurrentLinkedQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel acceptor;
  private volatile Function<Seen, Answer> decision = seen -> Answer.ok("ok");

  Http2Server(String identity) throws IOException {
    acceptor =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    connections.incrementAndGet();
                    channel
                        .pipeline()
                        .addLast(new SslHandler(engine(identity)))
                        .addLast(Http2FrameCodecBuilder.forServer().build())
                        .addLast(
                            new Http2MultiplexHandler(
                                new ChannelInitializer<>() {
                                  @Override
                                  protected void initChannel(Channel stream) {
                                    stream.pipeline().addLast(new Stream());
                                  }
                                }));
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  private static SSLEngine engine(String identity) {
    SSLEngine engine = Identities.context(identity).createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setNeedClientAuth(true);
    parameters.setApplicationProtocols(new String[] {"h2"});
    engine.setSSLParameters(parameters);
    return engine;
  }

  @Override
  public int port() {
    return ((InetSocketAddress) acceptor.localAddress()).getPort();
  }

  @Override
  public List<Seen> requests() {
    return List.copyOf(requests);
  }

  @Override
  public int connections() {
    return connections.get();
  }

  @Override
  public void answer(Function<Seen, Answer> next) {
    decision = next;
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
  }

  /** One request and its response. */
  private final class Stream extends SimpleChannelInboundHandler<Http2StreamFrame> {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable Http2Headers head;

    @Override
    protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
      boolean over = false;
      if (frame instanceof Http2HeadersFrame headers) {
        head = headers.headers();
        over = headers.isEndStream();
      } else if (frame instanceof Http2DataFrame data) {
        byte[] bytes = new byte[data.content().readableBytes()];
        data.content().readBytes(bytes);
        body.writeBytes(bytes);
        over = data.isEndStream();
      }
      if (over && head != null) {
        respond(context, seen(head));
      }
    }

    private Seen seen(Http2Headers headers) {
      Map<String, String> fields = new TreeMap<>();
      for (Map.Entry<CharSequence, CharSequence> field : headers) {
        fields.merge(
            field.getKey().toString(),
            field.getValue().toString(),
            (one, more) -> one + ", " + more);
      }
      return new Seen(
          fields.getOrDefault(":method", ""),
          fields.getOrDefault(":path", ""),
          fields.getOrDefault(":authority", ""),
          fields,
          body.toByteArray());
    }

    private void respond(ChannelHandlerContext context, Seen seen) {
      requests.add(seen);
      Answer answer = decision.apply(seen);
      switch (answer.kind()) {
        case REPLY -> {
          Http2Headers headers = new DefaultHttp2Headers().status(String.valueOf(answer.status()));
          for (int i = 0; i < answer.headers().length; i += 2) {
            headers.add(
                answer.headers()[i].toLowerCase(java.util.Locale.ROOT), answer.headers()[i + 1]);
          }
          context.write(new DefaultHttp2HeadersFrame(headers));
          context.writeAndFlush(
              new DefaultHttp2DataFrame(
                  Unpooled.wrappedBuffer(answer.body().getBytes(StandardCharsets.UTF_8)), true));
        }
        case HANG_UP ->
            context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
        case REFUSE -> context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
        case STALL -> {}
      }
    }
  }
}

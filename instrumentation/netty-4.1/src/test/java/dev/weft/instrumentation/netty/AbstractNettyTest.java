package dev.weft.instrumentation.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.Weaver;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** Servers on Netty alone, of the lowest version. */
@Timeout(60)
abstract class AbstractNettyTest {
  final EventLoopGroup loops = new NioEventLoopGroup(2);

  /** What has reached the applications. */
  final Queue<Object> seen = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void weave() {
    TestMesh.get().reset();
    NettyWeaving.install();
  }

  @AfterEach
  void nothingWentWrong() throws InterruptedException {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    assertThat(Weaver.errors()).isEmpty();
    assertThat(TestMesh.get().faults()).isEmpty();
  }

  // ---- the applications

  Channel bind(Consumer<Channel> initializer) throws InterruptedException {
    return new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .childOption(ChannelOption.SO_REUSEADDR, true)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                initializer.accept(channel);
              }
            })
        .bind("127.0.0.1", 0)
        .sync()
        .channel();
  }

  static int port(Channel server) {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  static String echo(Http1 client, String text) throws IOException {
    client.send(text);
    return read(client, text.length());
  }

  static String read(Http1 client, int count) throws IOException {
    return new String(client.in().readNBytes(count), StandardCharsets.US_ASCII);
  }

  static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      seen.add(((ByteBuf) message).toString(StandardCharsets.US_ASCII));
      context.writeAndFlush(message);
      context.read(); // of no consequence to who reads anyway
    }
  }

  static final class Greeting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.writeAndFlush(text("hello"));
    }
  }

  static final class Sends extends ChannelInboundHandlerAdapter {
    private final File file;

    Sends(File file) {
      this.file = file;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ((ByteBuf) message).release();
      context.write(text("before"));
      for (int i = 0; i < 2; i++) {
        context.write(new DefaultFileRegion(file, 0, file.length()));
        context.write(text("after"));
      }
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  volatile Runnable slow = () -> {};

  void release() {
    slow.run();
  }

  @ChannelHandler.Sharable
  final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      String uri = request.uri();
      seen.add(uri);
      if (uri.equals("/slow")) {
        slow = () -> answer(context, uri);
      } else {
        answer(
            context,
            uri.equals("/pipeline")
                ? context.pipeline().names() + " " + context.pipeline().get(SslHandler.class)
                : uri);
      }
    }

    private void answer(ChannelHandlerContext context, String text) {
      FullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, text(text));
      response.headers().set("Content-Length", response.content().readableBytes());
      context.writeAndFlush(response);
    }
  }

  /** A codec, and an application behind it, as one handler to add. */
  final ChannelHandler http() {
    return new ChannelInitializer<Channel>() {
      @Override
      protected void initChannel(Channel channel) {
        channel
            .pipeline()
            .addLast(new HttpServerCodec())
            .addLast(new HttpObjectAggregator(10_000_000))
            .addLast(new Answers());
      }
    };
  }
}

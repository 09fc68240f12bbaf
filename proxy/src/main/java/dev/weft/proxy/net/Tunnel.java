package dev.weft.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * Two connections of one event loop as one stream of bytes each way. Neither side is read faster
 * than the other takes it.
 */
final class Tunnel {
  private Tunnel() {}

  /**
   * Joins two connections.
   *
   * @param a whose handler is replaced
   * @param fromA what has arrived on it already
   * @param changed told when what waits on either may be more or less than it was
   * @param closed told once, when both are closed
   */
  static void join(
      Channel a,
      ChannelHandler handlerOfA,
      ByteBuf fromA,
      Channel b,
      ChannelHandler handlerOfB,
      ByteBuf fromB,
      Runnable changed,
      Runnable closed) {
    End endOfA = new End(b, changed);
    End endOfB = new End(a, changed);
    a.pipeline().replace(handlerOfA, null, endOfA);
    b.pipeline().replace(handlerOfB, null, endOfB);
    send(fromA, b);
    send(fromB, a);
    for (Channel each : new Channel[] {a, b}) {
      each.closeFuture()
          .addListener(
              future -> {
                if (!a.isOpen() && !b.isOpen()) {
                  closed.run();
                }
              });
      // One side may be done while the other still sends.
      each.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, plain(each));
    }
    endOfA.pace();
    endOfB.pace();
    if (!a.isActive()) {
      finish(b);
    }
    if (!b.isActive()) {
      finish(a);
    }
  }

  private static boolean plain(Channel channel) {
    return channel.pipeline().get(SslHandler.class) == null;
  }

  private static void send(ByteBuf bytes, Channel to) {
    if (bytes.isReadable()) {
      to.writeAndFlush(bytes);
    } else {
      bytes.release();
    }
  }

  /** Closes after all that is on its way. */
  private static void finish(Channel channel) {
    channel
        .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** What arrives on one connection goes to the other. */
  private static final class End extends ChannelInboundHandlerAdapter {
    private final Channel other;
    private final Runnable changed;

    End(Channel other, Runnable changed) {
      this.other = other;
      this.changed = changed;
    }

    /** Reads here as long as the other side takes it. */
    void pace() {
      ChannelHandlerContext context = other.pipeline().context(End.class);
      if (context != null) {
        ((End) context.handler()).other.config().setAutoRead(other.isWritable());
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      other.write(message, other.voidPromise());
      if (!other.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      other.flush();
      changed.run();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      other.config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof ChannelInputShutdownEvent) {
        if (plain(other) && other instanceof DuplexChannel duplex) {
          other
              .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
              .addListener(
                  done -> {
                    duplex.shutdownOutput();
                    if (duplex.isInputShutdown()) {
                      other.close();
                      finish(ctx.channel());
                    }
                  });
        } else {
          finish(other);
        }
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      finish(other);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}

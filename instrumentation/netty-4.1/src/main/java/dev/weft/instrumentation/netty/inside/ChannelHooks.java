package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import org.jspecify.annotations.Nullable;

/**
 * What the advice of channels calls: one method a place that is woven. Those that answer, answer
 * whether Netty is not to do anything more about it. None throws: what has been taken from Netty
 * once must not be dealt with again by Netty's own code.
 */
public final class ChannelHooks {
  private ChannelHooks() {}

  /** A channel is made; of its parent, which is null for a client's. */
  public static void made(Channel channel, @Nullable Channel parent) {
    if (!(parent instanceof ServerChannel)) {
      return;
    }
    try {
      Port port = Port.find(parent);
      if (port != null) {
        Beneath.put(channel, port);
      }
    } catch (Throwable t) {
      Bridge.fault(t);
      if (Bridge.guarded()) {
        channel.unsafe().closeForcibly();
      }
    }
  }

  /**
   * A channel is to be bound.
   *
   * @return who is to be told of it: of a server's channel, the mesh before the application
   */
  public static ChannelPromise bind(ChannelHandlerContext head, ChannelPromise promise) {
    if (!(head.channel() instanceof ServerChannel) || !promise.setUncancellable()) {
      return promise;
    }
    ChannelPromise first = head.newPromise();
    first.addListener(new Bound(promise));
    return first;
  }

  private static final class Bound implements ChannelFutureListener {
    private final ChannelPromise then;

    Bound(ChannelPromise then) {
      this.then = then;
    }

    @Override
    public void operationComplete(ChannelFuture binding) {
      if (!binding.isSuccess()) {
        then.tryFailure(binding.cause());
        return;
      }
      try {
        Port.of(binding.channel());
      } catch (Throwable t) {
        Bridge.fault(t);
        if (Bridge.guarded()) {
          then.tryFailure(t);
          binding.channel().close(); // nobody would be asked about what it accepts
          return;
        }
      }
      then.trySuccess();
    }
  }

  public static boolean channelRead(ChannelHandlerContext head, Object message) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      Served served = beneath == null ? Served.of(head.channel()) : null;
      if (served != null) {
        served.reading();
      }
      return beneath != null && beneath.channelRead(head, message);
    } catch (Throwable t) {
      return fault(beneath, t);
    }
  }

  /** What has been read has been dealt with, as far as that goes now. */
  public static void wasRead(ChannelHandlerContext head) {
    Served served = Served.of(head.channel());
    if (served != null) {
      served.leave();
    }
  }

  public static boolean channelReadComplete(ChannelHandlerContext head) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.channelReadComplete();
    } catch (Throwable t) {
      return fault(beneath, t);
    }
  }

  public static boolean userEventTriggered(ChannelHandlerContext head, Object event) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.userEventTriggered(event);
    } catch (Throwable t) {
      return fault(beneath, t);
    }
  }

  public static boolean channelInactive(ChannelHandlerContext head) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.channelInactive();
    } catch (Throwable t) {
      return fault(beneath, t);
    }
  }

  public static void channelUnregistered(ChannelHandlerContext head) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      if (beneath != null) {
        beneath.channelUnregistered();
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  public static boolean write(ChannelHandlerContext head, Object message, ChannelPromise promise) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.write(head, message, promise);
    } catch (Throwable t) {
      promise.tryFailure(t);
      return fault(beneath, t);
    }
  }

  public static boolean flush(ChannelHandlerContext head) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.flush();
    } catch (Throwable t) {
      return fault(beneath, t);
    }
  }

  /** Of a server's channel: it accepts now, be it that it was bound by somebody else. */
  public static boolean read(ChannelHandlerContext head) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      if (beneath == null && head.channel() instanceof ServerChannel) {
        Port.of(head.channel());
      }
      return beneath != null && beneath.read();
    } catch (Throwable t) {
      return fault(beneath, t);
    }
  }

  public static boolean close(ChannelHandlerContext head, ChannelPromise promise) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.close(promise);
    } catch (Throwable t) {
      // Its own code closes it, whatever has been done already.
      Bridge.fault(t);
      return false;
    }
  }

  public static boolean disconnect(ChannelHandlerContext head, ChannelPromise promise) {
    Beneath beneath = Beneath.of(head.channel());
    try {
      return beneath != null && beneath.disconnect(promise);
    } catch (Throwable t) {
      Bridge.fault(t);
      return false;
    }
  }

  private static boolean fault(@Nullable Beneath beneath, Throwable error) {
    if (beneath == null) {
      Bridge.fault(error);
      return false;
    }
    beneath.fault(error);
    return true;
  }
}

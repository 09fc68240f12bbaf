package dev.weft.instrumentation.netty;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.netty.inside.ChannelHooks;
import dev.weft.tooling.WovenType;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;

/**
 * The first context of every pipeline: nothing comes from the transport, and nothing gets there,
 * but through it.
 */
final class HeadContextType extends WovenType {
  private static final String NAME = HeadContextType.class.getName();

  HeadContextType() {
    super("io.netty.channel.DefaultChannelPipeline$HeadContext");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(method("bind").taking(3), NAME + "$Bind");
    transformer.applyAdviceToMethod(method("channelRead").taking(2), NAME + "$ChannelRead");
    transformer.applyAdviceToMethod(
        method("channelReadComplete").taking(1), NAME + "$ChannelReadComplete");
    transformer.applyAdviceToMethod(
        method("userEventTriggered").taking(2), NAME + "$UserEventTriggered");
    transformer.applyAdviceToMethod(method("channelInactive").taking(1), NAME + "$ChannelInactive");
    transformer.applyAdviceToMethod(method("write").taking(3), NAME + "$Write");
    transformer.applyAdviceToMethod(method("flush").taking(1), NAME + "$Flush");
    transformer.applyAdviceToMethod(method("read").taking(1), NAME + "$Read");
    transformer.applyAdviceToMethod(method("close").taking(2), NAME + "$Close");
    transformer.applyAdviceToMethod(method("disconnect").taking(2), NAME + "$Disconnect");
    transformer.applyAdviceToMethod(
        method("channelUnregistered").taking(1), NAME + "$ChannelUnregistered");
  }

  @SuppressWarnings("unused")
  public static class Bind {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.Argument(0) ChannelHandlerContext head,
        @Advice.Argument(value = 2, readOnly = false) ChannelPromise promise) {
      promise = ChannelHooks.bind(head, promise);
    }
  }

  @SuppressWarnings("unused")
  public static class ChannelUnregistered {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.Argument(0) ChannelHandlerContext head) {
      ChannelHooks.channelUnregistered(head);
    }
  }

  @SuppressWarnings("unused")
  public static class ChannelRead {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(
        @Advice.Argument(0) ChannelHandlerContext head, @Advice.Argument(1) Object message) {
      return ChannelHooks.channelRead(head, message);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.Argument(0) ChannelHandlerContext head) {
      ChannelHooks.wasRead(head);
    }
  }

  @SuppressWarnings("unused")
  public static class ChannelReadComplete {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(@Advice.Argument(0) ChannelHandlerContext head) {
      return ChannelHooks.channelReadComplete(head);
    }
  }

  @SuppressWarnings("unused")
  public static class UserEventTriggered {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(
        @Advice.Argument(0) ChannelHandlerContext head, @Advice.Argument(1) Object event) {
      return ChannelHooks.userEventTriggered(head, event);
    }
  }

  @SuppressWarnings("unused")
  public static class ChannelInactive {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(@Advice.Argument(0) ChannelHandlerContext head) {
      return ChannelHooks.channelInactive(head);
    }
  }

  @SuppressWarnings("unused")
  public static class Write {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(
        @Advice.Argument(0) ChannelHandlerContext head,
        @Advice.Argument(1) Object message,
        @Advice.Argument(2) ChannelPromise promise) {
      return ChannelHooks.write(head, message, promise);
    }
  }

  @SuppressWarnings("unused")
  public static class Flush {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(@Advice.Argument(0) ChannelHandlerContext head) {
      return ChannelHooks.flush(head);
    }
  }

  @SuppressWarnings("unused")
  public static class Read {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(@Advice.Argument(0) ChannelHandlerContext head) {
      return ChannelHooks.read(head);
    }
  }

  @SuppressWarnings("unused")
  public static class Close {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(
        @Advice.Argument(0) ChannelHandlerContext head,
        @Advice.Argument(1) ChannelPromise promise) {
      return ChannelHooks.close(head, promise);
    }
  }

  @SuppressWarnings("unused")
  public static class Disconnect {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter(
        @Advice.Argument(0) ChannelHandlerContext head,
        @Advice.Argument(1) ChannelPromise promise) {
      return ChannelHooks.disconnect(head, promise);
    }
  }
}

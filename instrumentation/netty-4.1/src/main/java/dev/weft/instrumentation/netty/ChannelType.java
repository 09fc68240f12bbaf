package dev.weft.instrumentation.netty;

import static dev.weft.tooling.MethodMatch.constructor;

import dev.weft.instrumentation.netty.inside.ChannelHooks;
import dev.weft.tooling.WovenType;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;

/** Where every channel is made, whoever accepts it. */
final class ChannelType extends WovenType {
  ChannelType() {
    super("io.netty.channel.AbstractChannel");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    // Two constructors, neither of which calls the other.
    transformer.applyAdviceToMethod(constructor(), ChannelType.class.getName() + "$Construct");
  }

  @SuppressWarnings("unused")
  public static class Construct {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.This AbstractChannel channel, @Advice.Argument(0) Channel parent) {
      ChannelHooks.made(channel, parent);
    }
  }
}

package dev.weft.instrumentation.netty;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.netty.inside.Http1Hooks;
import dev.weft.tooling.WovenType;
import io.netty.channel.ChannelHandlerContext;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;

/** Where responses become bytes. */
final class HttpEncoderType extends WovenType {
  HttpEncoderType() {
    super("io.netty.handler.codec.http.HttpObjectEncoder");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("encode").taking(3), HttpEncoderType.class.getName() + "$Encode");
  }

  @SuppressWarnings("unused")
  public static class Encode {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.Argument(0) ChannelHandlerContext codec, @Advice.Argument(1) Object message) {
      Http1Hooks.encoding(codec, message);
    }
  }
}

package dev.weft.instrumentation.netty;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.netty.inside.Http1Hooks;
import dev.weft.tooling.WovenType;
import io.netty.channel.ChannelHandlerContext;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;
import net.bytebuddy.asm.Advice;

/** Where bytes become requests. */
final class HttpDecoderType extends WovenType {
  HttpDecoderType() {
    super("io.netty.handler.codec.http.HttpObjectDecoder");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    // At the end of what comes in, the second makes a request of what there is of one.
    transformer.applyAdviceToMethod(
        method("decode", "decodeLast").taking(3), HttpDecoderType.class.getName() + "$Decode");
  }

  @SuppressWarnings("unused")
  public static class Decode {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static int enter(@Advice.Argument(2) List<Object> out) {
      return out.size();
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(0) ChannelHandlerContext codec,
        @Advice.Argument(2) List<Object> out,
        @Advice.Enter int before) {
      Http1Hooks.decoded(codec, out, before);
    }
  }
}

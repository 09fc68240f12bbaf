package dev.weft.instrumentation.netty;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.netty.inside.Http2Hooks;
import dev.weft.tooling.WovenType;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;

/** Where responses begin, and end in trailers. */
final class Http2EncoderType extends WovenType {
  Http2EncoderType() {
    super("io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    // With and without priority; neither calls the other.
    String advice = Http2EncoderType.class.getName() + "$WriteHeaders";
    transformer.applyAdviceToMethod(method("writeHeaders").taking(6), advice);
    transformer.applyAdviceToMethod(method("writeHeaders").taking(9), advice);
  }

  @SuppressWarnings("unused")
  public static class WriteHeaders {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This DefaultHttp2ConnectionEncoder encoder,
        @Advice.Argument(0) ChannelHandlerContext codec,
        @Advice.Argument(1) int stream,
        @Advice.Argument(2) Http2Headers headers) {
      Http2Hooks.writing(encoder.connection(), codec, stream, headers);
    }
  }
}

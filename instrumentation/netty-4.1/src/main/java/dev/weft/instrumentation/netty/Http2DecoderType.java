package dev.weft.instrumentation.netty;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.netty.inside.Http2Hooks;
import dev.weft.tooling.WovenType;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;

/** Where whoever hears of the frames of a connection is installed. */
final class Http2DecoderType extends WovenType {
  Http2DecoderType() {
    super("io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("frameListener")
            .taking(1)
            .argument(0, "io.netty.handler.codec.http2.Http2FrameListener"),
        Http2DecoderType.class.getName() + "$FrameListener");
  }

  @SuppressWarnings("unused")
  public static class FrameListener {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This DefaultHttp2ConnectionDecoder decoder,
        @Advice.Argument(value = 0, readOnly = false) Http2FrameListener listener) {
      listener = Http2Hooks.listener(decoder.connection(), listener);
    }
  }
}

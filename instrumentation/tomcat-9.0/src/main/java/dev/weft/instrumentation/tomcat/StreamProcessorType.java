package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.constructor;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.coyote.Request;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;

/** Where a request object of one HTTP/2 stream meets the handler of all streams. */
final class StreamProcessorType extends WovenType {
  StreamProcessorType() {
    super("org.apache.coyote.http2.StreamProcessor");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        constructor().argument(0, "org.apache.coyote.http2.Http2UpgradeHandler"),
        StreamProcessorType.class.getName() + "$Construct");
  }

  @SuppressWarnings("unused")
  public static class Construct {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("request") Request request,
        @Advice.Argument(0) InternalHttpUpgradeHandler streams) {
      TomcatHooks.stream(request, streams);
    }
  }
}

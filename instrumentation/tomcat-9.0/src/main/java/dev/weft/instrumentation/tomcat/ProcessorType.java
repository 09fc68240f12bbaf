package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** Where a request object, of HTTP/1.1 or of one HTTP/2 stream, meets its connection. */
final class ProcessorType extends WovenType {
  ProcessorType() {
    super("org.apache.coyote.AbstractProcessor");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("setSocketWrapper").taking(1), ProcessorType.class.getName() + "$SetSocketWrapper");
  }

  @SuppressWarnings("unused")
  public static class SetSocketWrapper {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("request") Request request,
        @Advice.Argument(0) @Nullable SocketWrapperBase<?> connection) {
      TomcatHooks.connect(request, connection);
    }
  }
}

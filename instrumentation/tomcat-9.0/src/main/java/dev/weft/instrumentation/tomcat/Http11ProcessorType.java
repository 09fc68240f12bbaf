package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.coyote.Request;

/** Where the head of an HTTP/1.1 response is made, and with it whether the connection is kept. */
final class Http11ProcessorType extends WovenType {
  Http11ProcessorType() {
    super("org.apache.coyote.http11.Http11Processor");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("prepareResponse").taking(0),
        Http11ProcessorType.class.getName() + "$PrepareResponse");
  }

  @SuppressWarnings("unused")
  public static class PrepareResponse {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.FieldValue("request") Request request,
        @Advice.FieldValue(value = "keepAlive", readOnly = false) boolean keepAlive) {
      if (TomcatHooks.lastOfConnection(request)) {
        keepAlive = false;
      }
    }
  }
}

package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.coyote.Request;

/**
 * Where a request object is cleaned: the end that no request escapes, lost connections included.
 */
final class RequestType extends WovenType {
  RequestType() {
    super("org.apache.coyote.Request");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("recycle").taking(0), RequestType.class.getName() + "$Recycle");
  }

  @SuppressWarnings("unused")
  public static class Recycle {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This Request request) {
      TomcatHooks.recycled(request);
    }
  }
}

package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.tomcat.util.net.AbstractEndpoint;

/** Where a connector is paused, resumed and stopped. */
final class EndpointType extends WovenType {
  EndpointType() {
    super("org.apache.tomcat.util.net.AbstractEndpoint");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("pause", "stop").taking(0), EndpointType.class.getName() + "$Close");
    transformer.applyAdviceToMethod(
        method("resume").taking(0), EndpointType.class.getName() + "$Reopen");
  }

  @SuppressWarnings("unused")
  public static class Close {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This AbstractEndpoint<?, ?> endpoint) {
      TomcatHooks.closing(endpoint);
    }
  }

  @SuppressWarnings("unused")
  public static class Reopen {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This AbstractEndpoint<?, ?> endpoint) {
      if (endpoint.isRunning()) {
        TomcatHooks.opening(endpoint);
      }
    }
  }
}

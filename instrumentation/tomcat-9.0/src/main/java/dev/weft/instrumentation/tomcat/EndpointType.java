package dev.weft.instrumentation.tomcat;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

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
        named("pause").or(named("stop")).and(takesNoArguments()),
        EndpointType.class.getName() + "$Close");
    transformer.applyAdviceToMethod(
        named("resume").and(takesNoArguments()), EndpointType.class.getName() + "$Reopen");
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

package dev.weft.instrumentation.tomcat;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.Adapter;
import org.apache.tomcat.util.net.AbstractEndpoint;

/** Where a connector gets its adapter, and starts. */
final class ProtocolType extends WovenType {
  ProtocolType() {
    super("org.apache.coyote.AbstractProtocol");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("setAdapter").and(takesArguments(1)), ProtocolType.class.getName() + "$SetAdapter");
    transformer.applyAdviceToMethod(
        named("start").and(takesNoArguments()), ProtocolType.class.getName() + "$Start");
  }

  @SuppressWarnings("unused")
  public static class SetAdapter {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This AbstractProtocol<?> protocol,
        @Advice.FieldValue("endpoint") AbstractEndpoint<?, ?> endpoint,
        @Advice.Argument(value = 0, readOnly = false) Adapter adapter) {
      adapter = TomcatHooks.adapter(protocol, endpoint, adapter);
    }
  }

  @SuppressWarnings("unused")
  public static class Start {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This AbstractProtocol<?> protocol,
        @Advice.FieldValue("endpoint") AbstractEndpoint<?, ?> endpoint) {
      TomcatHooks.starting(protocol, endpoint);
    }
  }
}

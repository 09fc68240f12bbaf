package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.Adapter;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.jspecify.annotations.Nullable;

/** Where a connector gets its adapter, binds and starts. */
final class ProtocolType extends WovenType {
  ProtocolType() {
    super("org.apache.coyote.AbstractProtocol");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("setAdapter").taking(1), ProtocolType.class.getName() + "$SetAdapter");
    transformer.applyAdviceToMethod(
        method("init").taking(0), ProtocolType.class.getName() + "$Init");
    transformer.applyAdviceToMethod(
        method("start").taking(0), ProtocolType.class.getName() + "$Start");
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
  public static class Init {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static @Nullable Exception enter(
        @Advice.This AbstractProtocol<?> protocol,
        @Advice.FieldValue("endpoint") AbstractEndpoint<?, ?> endpoint) {
      return TomcatHooks.binding(protocol, endpoint);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Exception refused,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (refused != null) {
        thrown = refused;
      }
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

package dev.weft.agent.host;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.bridge.Bridge;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;
import net.bytebuddy.asm.Advice;

/**
 * Leaves the mesh when the JVM ends, around all shutdown hooks: a hook of our own would race those
 * of the application, and its server would be gone before its callers knew.
 */
public final class ShutdownModule extends WeftModule {
  public ShutdownModule() {
    super("shutdown");
  }

  /** Every JVM loads this class; only one that is in the mesh has anything to say at its end. */
  @Override
  public boolean onDemand() {
    return true;
  }

  @Override
  public List<WovenType> types() {
    return List.of(new Hooks());
  }

  private static final class Hooks extends WovenType {
    Hooks() {
      super("java.lang.ApplicationShutdownHooks");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("runHooks"), ShutdownModule.class.getName() + "$RunHooks");
    }
  }

  static final class RunHooks {
    private RunHooks() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter() {
      Bridge.started().shutdown(false);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit() {
      Bridge.started().shutdown(true);
    }
  }
}

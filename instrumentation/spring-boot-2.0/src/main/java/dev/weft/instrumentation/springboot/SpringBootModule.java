package dev.weft.instrumentation.springboot;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.bridge.Bridge;
import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;
import net.bytebuddy.asm.Advice;

/**
 * A Spring Boot application binds its port before its runners have run; it is ready when {@code
 * SpringApplication#run} returns, which is right after {@code ApplicationReadyEvent}.
 */
public final class SpringBootModule extends WeftModule {
  public SpringBootModule() {
    super("spring-boot");
  }

  @Override
  public Tested tested() {
    return new Tested("spring-boot", "2.0", "4.0");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new Application());
  }

  private static final class Application extends WovenType {
    Application() {
      super("org.springframework.boot.SpringApplication");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          method("run").taking(String[].class).onInstances(),
          SpringBootModule.class.getName() + "$Run");
    }
  }

  static final class Run {
    private Run() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter() {
      Bridge.mesh().inbound().starting();
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit() {
      Bridge.mesh().inbound().started();
    }
  }
}

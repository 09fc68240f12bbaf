package dev.weft.instrumentation.jdkhttpserver;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.jdkhttpserver.inside.Connections;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.nio.channels.ServerSocketChannel;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** When a server begins and ceases to accept connections. */
final class ServerInstrumentation extends WovenType {
  ServerInstrumentation() {
    super("sun.net.httpserver.ServerImpl");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    String name = ServerInstrumentation.class.getName();
    transformer.applyAdviceToMethod(method("start").taking(0), name + "$Start");
    transformer.applyAdviceToMethod(
        method("stop").taking(1).argument(0, int.class), name + "$Stop");
  }

  /** At the beginning, so that not even the first connection finds no listener. */
  public static class Start {
    private Start() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = IllegalStateException.class)
    public static @Nullable Object enter(
        @Advice.This Object server,
        @Advice.FieldValue("https") boolean https,
        @Advice.FieldValue("schan") ServerSocketChannel channel) {
      return Connections.starting(server, https, channel);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object server,
        @Advice.Enter @Nullable Object opened,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (opened instanceof IllegalStateException) {
        thrown = (IllegalStateException) opened;
      } else if (opened != null && thrown != null) {
        Connections.notStarted(server);
      }
    }
  }

  /** At the beginning: the method waits for what is still running. */
  public static class Stop {
    private Stop() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This Object server, @Advice.Argument(0) int delay) {
      Connections.stopping(server, delay);
    }
  }
}

package dev.weft.instrumentation.jdkhttpserver;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.nio.channels.SocketChannel;
import net.bytebuddy.asm.Advice;

/** The true end of a request: its response is complete, or its connection is gone. */
final class ConnectionInstrumentation extends WovenType {
  ConnectionInstrumentation() {
    super("sun.net.httpserver.HttpConnection");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    String name = ConnectionInstrumentation.class.getName();
    transformer.applyAdviceToMethod(named("setState").and(takesArguments(1)), name + "$State");
    transformer.applyAdviceToMethod(named("close").and(takesNoArguments()), name + "$Close");
  }

  /** Idle is what the server calls a connection whose last response is complete. */
  public static class State {
    private State() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.FieldValue("chan") SocketChannel channel, @Advice.Argument(0) Object state) {
      Connections.stateChanged(channel, state);
    }
  }

  /** For whatever reason. */
  public static class Close {
    private Close() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.FieldValue("chan") SocketChannel channel) {
      Connections.closed(channel);
    }
  }
}

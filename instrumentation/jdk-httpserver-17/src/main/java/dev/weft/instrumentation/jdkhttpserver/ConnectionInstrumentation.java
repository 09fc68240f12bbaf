package dev.weft.instrumentation.jdkhttpserver;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.jdkhttpserver.inside.Connections;
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
    transformer.applyAdviceToMethod(method("setState").taking(1), name + "$State");
    transformer.applyAdviceToMethod(method("close").taking(0), name + "$Close");
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

package dev.weft.instrumentation.jdkhttpserver;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.jdkhttpserver.inside.Connections;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.nio.channels.SocketChannel;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** The task that reads a request and runs its handler: says which connection the thread is on. */
final class ExchangeTaskInstrumentation extends WovenType {
  ExchangeTaskInstrumentation() {
    super("sun.net.httpserver.ServerImpl$Exchange");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("run").taking(0), ExchangeTaskInstrumentation.class.getName() + "$Run");
  }

  /** Brackets the whole exchange, as far as it runs on this thread. */
  public static class Run {
    private Run() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static Object enter(@Advice.FieldValue("chan") SocketChannel channel) {
      return Connections.exchangeEntered(channel);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object entered,
        @Advice.FieldValue("chan") SocketChannel channel,
        @Advice.Thrown @Nullable Throwable thrown) {
      Connections.exchangeLeft(entered, channel, thrown != null);
    }
  }
}

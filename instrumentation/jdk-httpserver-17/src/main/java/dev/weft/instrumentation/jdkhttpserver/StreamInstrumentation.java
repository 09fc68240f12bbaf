package dev.weft.instrumentation.jdkhttpserver;

import static net.bytebuddy.matcher.ElementMatchers.isConstructor;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesArgument;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.nio.channels.SocketChannel;
import net.bytebuddy.asm.Advice;

/**
 * The two streams through which every byte of a plaintext connection goes: they get our channel in
 * the place of the real one, which remains everywhere else.
 */
final class StreamInstrumentation {
  private StreamInstrumentation() {}

  /** The reading side, made first. */
  static final class Reader extends WovenType {
    Reader() {
      super("sun.net.httpserver.Request$ReadStream");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      String name = StreamInstrumentation.class.getName();
      transformer.applyAdviceToMethod(
          isConstructor().and(takesArguments(2)).and(takesArgument(1, SocketChannel.class)),
          name + "$NewReader");
      transformer.applyAdviceToMethod(
          named("available").and(takesNoArguments()), name + "$Available");
    }
  }

  /** The writing side. */
  static final class Writer extends WovenType {
    Writer() {
      super("sun.net.httpserver.Request$WriteStream");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          isConstructor().and(takesArguments(2)).and(takesArgument(1, SocketChannel.class)),
          StreamInstrumentation.class.getName() + "$NewWriter");
    }
  }

  /** Puts a new connection's channel in. */
  public static class NewReader {
    private NewReader() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(0) Object server,
        @Advice.Argument(1) SocketChannel real,
        @Advice.FieldValue(value = "channel", readOnly = false) SocketChannel channel) {
      channel = Connections.reader(server, real);
    }
  }

  /** Puts the same channel in on the other side. */
  public static class NewWriter {
    private NewWriter() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(1) SocketChannel real,
        @Advice.FieldValue(value = "channel", readOnly = false) SocketChannel channel) {
      channel = Connections.writer(real);
    }
  }

  /** By this the server knows, after a response, that the next request is here already. */
  public static class Available {
    private Available() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.FieldValue("channel") SocketChannel channel,
        @Advice.Return(readOnly = false) int available) {
      available = Connections.available(available, channel);
    }
  }
}

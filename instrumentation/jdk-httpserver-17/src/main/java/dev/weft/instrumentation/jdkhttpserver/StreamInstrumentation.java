package dev.weft.instrumentation.jdkhttpserver;

import static dev.weft.tooling.MethodMatch.constructor;
import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.jdkhttpserver.inside.Connections;
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
          constructor().taking(2).argument(1, SocketChannel.class), name + "$NewReader");
      transformer.applyAdviceToMethod(method("available").taking(0), name + "$Available");
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
          constructor().taking(2).argument(1, SocketChannel.class),
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

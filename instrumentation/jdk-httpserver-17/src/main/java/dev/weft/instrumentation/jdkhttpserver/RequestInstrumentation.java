package dev.weft.instrumentation.jdkhttpserver;

import static dev.weft.tooling.MethodMatch.constructor;
import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.jdkhttpserver.inside.Connections;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** A request as it is parsed: first its line, then, when asked for, its headers. */
final class RequestInstrumentation extends WovenType {
  RequestInstrumentation() {
    super("sun.net.httpserver.Request");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    String name = RequestInstrumentation.class.getName();
    // Later updates of 17 have a third argument.
    transformer.applyAdviceToMethod(
        constructor().argument(0, InputStream.class).argument(1, OutputStream.class),
        name + "$Line");
    transformer.applyAdviceToMethod(method("headers").taking(0), name + "$Headers");
  }

  /** A request without a line makes the server close the connection and say nothing. */
  public static class Line {
    private Line() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(1) OutputStream out,
        @Advice.FieldValue(value = "startLine", readOnly = false) @Nullable String line) {
      line = Connections.requested(line, out);
    }
  }

  /**
   * The one parse of the headers, from which all views of them are made. If it fails the server
   * closes the connection and says nothing.
   */
  public static class Headers {
    private Headers() {}

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Return @Nullable Map<String, List<String>> headers,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (thrown == null) {
        thrown = Connections.headersRead(headers);
      }
    }
  }
}

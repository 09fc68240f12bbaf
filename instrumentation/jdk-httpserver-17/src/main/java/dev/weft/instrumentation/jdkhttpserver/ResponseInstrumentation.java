package dev.weft.instrumentation.jdkhttpserver;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.jdkhttpserver.inside.Connections;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.List;
import java.util.Map;
import net.bytebuddy.asm.Advice;

/** The head of a response: its client is told to leave while the process is draining. */
final class ResponseInstrumentation extends WovenType {
  ResponseInstrumentation() {
    super("sun.net.httpserver.ExchangeImpl");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("sendResponseHeaders").taking(2).argument(0, int.class),
        ResponseInstrumentation.class.getName() + "$SendHeaders");
  }

  /** Earlier updates of 17 close only by the field, later ones also by the header. */
  public static class SendHeaders {
    private SendHeaders() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.FieldValue("server") Object server,
        @Advice.FieldValue("sentHeaders") boolean sent,
        @Advice.FieldValue("rspHdrs") Map<String, List<String>> headers,
        @Advice.FieldValue(value = "close", readOnly = false) boolean close) {
      if (!sent && Connections.draining(server)) {
        Connections.closeAfter(headers);
        close = true;
      }
    }
  }
}

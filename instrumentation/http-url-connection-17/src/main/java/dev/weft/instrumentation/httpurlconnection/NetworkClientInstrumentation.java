package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.httpurlconnection.inside.Calls;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.net.Socket;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** Where sockets are made, for HTTPS too, which is told apart by the exact class. */
final class NetworkClientInstrumentation extends WovenType {
  NetworkClientInstrumentation() {
    super("sun.net.NetworkClient");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("doConnect").taking(String.class, int.class),
        NetworkClientInstrumentation.class.getName() + "$Connect");
  }

  /** Goes to the endpoint instead of the name, or answers itself. */
  public static class Connect {
    private Connect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static @Nullable Socket enter(
        @Advice.This Object client,
        @Advice.Argument(value = 0, readOnly = false) String host,
        @Advice.Argument(value = 1, readOnly = false) int port,
        @Advice.FieldValue(value = "connectTimeout", readOnly = false) int connectTimeout,
        @Advice.FieldValue("defaultConnectTimeout") int defaultConnectTimeout,
        @Advice.Local("own") int own,
        @Advice.Local("call") @Nullable Object call) {
      own = connectTimeout;
      call = Calls.connecting(client);
      Socket answer = Calls.answer(call);
      if (call != null && answer == null) {
        host = Calls.host(call);
        port = Calls.port(call);
        connectTimeout = Calls.connectMillis(call, own, defaultConnectTimeout);
      }
      return answer;
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object client,
        @Advice.Enter @Nullable Socket answer,
        @Advice.Local("own") int own,
        @Advice.Local("call") @Nullable Object call,
        @Advice.FieldValue(value = "connectTimeout", readOnly = false) int connectTimeout,
        @Advice.FieldValue("defaultConnectTimeout") int defaultConnectTimeout,
        @Advice.FieldValue("readTimeout") int readTimeout,
        @Advice.Return(readOnly = false) @Nullable Socket socket,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (answer != null) {
        socket = answer;
      } else if (call != null) {
        connectTimeout = own;
        try {
          int most = Calls.millis(own, defaultConnectTimeout);
          socket = Calls.connected(call, client, socket, thrown, most, readTimeout);
          thrown = null;
        } catch (Throwable t) {
          socket = null;
          thrown = t;
        }
      }
    }
  }
}

package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.httpurlconnection.inside.Calls;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.net.URL;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/** The pool. Its second key is compared by identity; the endpoint's address goes there. */
final class KeepAliveCacheInstrumentation extends WovenType {
  KeepAliveCacheInstrumentation() {
    super("sun.net.www.http.KeepAliveCache");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    String name = KeepAliveCacheInstrumentation.class.getName();
    transformer.applyAdviceToMethod(method("get").taking(URL.class, Object.class), name + "$Get");
    transformer.applyAdviceToMethod(
        method("put").taking(3).argument(0, URL.class).argument(1, Object.class), name + "$Put");
  }

  /** Finds connections to the picked endpoint only. */
  public static class Get {
    private Get() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.Argument(value = 1, readOnly = false) @Nullable Object key) {
      key = Calls.keyToGet(key);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC)
            @Nullable Object client) {
      client = Calls.got(client);
    }
  }

  /** Keeps a connection for its endpoint. */
  public static class Put {
    private Put() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.Argument(value = 1, readOnly = false) @Nullable Object key,
        @Advice.Argument(2) Object client) {
      key = Calls.keyToPut(key, client);
    }
  }
}

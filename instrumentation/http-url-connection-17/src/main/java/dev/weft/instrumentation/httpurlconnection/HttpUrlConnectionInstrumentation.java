package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.httpurlconnection.inside.Calls;
import dev.weft.instrumentation.httpurlconnection.inside.Inside;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.lang.invoke.MethodHandles;
import java.net.Proxy;
import java.net.URL;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/** The library's implementation of what the application holds. */
final class HttpUrlConnectionInstrumentation {
  private HttpUrlConnectionInstrumentation() {}

  /** {@code sun.net.www.protocol.http.HttpURLConnection}, which HTTPS delegates to as well. */
  static final class Implementation extends WovenType {
    Implementation() {
      super("sun.net.www.protocol.http.HttpURLConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      String name = HttpUrlConnectionInstrumentation.class.getName();
      transformer.applyAdviceToMethod(method("plainConnect0").taking(0), name + "$Connect");
      transformer.applyAdviceToMethod(method("getOutputStream0").taking(0), name + "$Output");
      transformer.applyAdviceToMethod(method("getInputStream0").taking(0), name + "$Input");
      transformer.applyAdviceToMethod(method("disconnect").taking(0), name + "$Disconnect");
      LookupInstrumentation.redirect(transformer);
    }
  }

  /**
   * Picks before the library asks the application's proxy selector, which must not hear of a name
   * of the mesh: with a proxy of its own a connection asks nobody. HTTPS comes by here as well, to
   * be told that it may not.
   */
  public static class Connect {
    private Connect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Calls.Blocked.class)
    public static @Nullable Object enter(
        @Advice.This Object caller,
        @Advice.FieldValue("url") @Nullable URL url,
        @Advice.FieldValue(value = "requests", typing = Assigner.Typing.DYNAMIC)
            @Nullable Object head,
        @Advice.FieldValue("fixedContentLength") int fixed,
        @Advice.FieldValue("fixedContentLengthLong") long fixedLong,
        @Advice.FieldValue("chunkLength") int chunk,
        @Advice.FieldValue(value = "instProxy", readOnly = false) @Nullable Proxy instProxy,
        @Advice.Local("own") @Nullable Proxy own) {
      own = instProxy;
      if (!Inside.ready()) {
        Inside.from(MethodHandles.lookup());
      }
      Object pick =
          Calls.connectEntered(url, caller, head, fixed != -1 || fixedLong != -1 || chunk != -1);
      if (Calls.picked(pick)) {
        instProxy = Proxy.NO_PROXY;
      }
      return pick;
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object caller,
        @Advice.Enter @Nullable Object pick,
        @Advice.FieldValue(value = "instProxy", readOnly = false) @Nullable Proxy instProxy,
        @Advice.Local("own") @Nullable Proxy own,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      Throwable blocked = Calls.blocked(pick);
      if (blocked != null) {
        thrown = blocked;
      }
      if (Calls.picked(pick)) {
        instProxy = own;
      }
      Calls.connectLeft(pick, caller);
    }
  }

  /** The end of an attempt before there is a body. */
  public static class Output {
    private Output() {}

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(@Advice.This Object caller, @Advice.Thrown @Nullable Throwable thrown) {
      Calls.failed(caller, thrown);
    }
  }

  /** The end of an attempt without a response. */
  public static class Input {
    private Input() {}

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(@Advice.This Object caller, @Advice.Thrown @Nullable Throwable thrown) {
      Calls.failed(caller, thrown);
    }
  }

  /** The application does not want the response any more. */
  public static class Disconnect {
    private Disconnect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This Object caller) {
      Calls.disconnected(caller);
    }
  }
}

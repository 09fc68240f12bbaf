package dev.weft.instrumentation.httpurlconnection;

import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.net.Proxy;
import java.net.URL;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/** The library's implementation of what the application holds, and the class it extends. */
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
      transformer.applyAdviceToMethod(
          named("plainConnect0").and(takesNoArguments()), name + "$Connect");
      transformer.applyAdviceToMethod(
          named("getOutputStream0").and(takesNoArguments()), name + "$Output");
      transformer.applyAdviceToMethod(
          named("getInputStream0").and(takesNoArguments()), name + "$Input");
      transformer.applyAdviceToMethod(
          named("disconnect").and(takesNoArguments()), name + "$Disconnect");
      LookupInstrumentation.redirect(transformer);
    }
  }

  /** {@code java.net.HttpURLConnection}. */
  static final class Base extends WovenType {
    Base() {
      super("java.net.HttpURLConnection");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(
          named("getResponseCode").and(takesNoArguments()),
          HttpUrlConnectionInstrumentation.class.getName() + "$Status");
    }
  }

  /**
   * Picks before the library asks the application's proxy selector, which must not hear of a name
   * of the mesh: with a proxy of its own a connection asks nobody.
   */
  public static class Connect {
    private Connect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(
        @Advice.FieldValue("url") @Nullable URL url,
        @Advice.FieldValue(value = "instProxy", readOnly = false) @Nullable Proxy instProxy,
        @Advice.Local("own") @Nullable Proxy own) {
      own = instProxy;
      Object pick = Calls.connectEntered(url);
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
        @Advice.Local("own") @Nullable Proxy own) {
      if (Calls.picked(pick)) {
        instProxy = own;
      }
      Calls.connectLeft(pick, caller);
    }
  }

  /** A response may come before the body is sent, to {@code Expect: 100-continue}. */
  public static class Output {
    private Output() {}

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object caller,
        @Advice.FieldValue("responseCode") int status,
        @Advice.Thrown @Nullable Throwable thrown) {
      if (thrown != null) {
        Calls.responded(caller, status);
        Calls.failed(caller, thrown);
      }
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

  /** Called by the library itself for each response that it parses, redirects included. */
  public static class Status {
    private Status() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.This Object caller, @Advice.Return int status) {
      Calls.responded(caller, status);
    }
  }
}

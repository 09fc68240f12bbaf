package dev.weft.instrumentation.httpurlconnection;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.httpurlconnection.inside.Calls;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Proxy;
import java.net.URL;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/** The library's idea of one connection: got from the pool or made, then used for one request. */
final class HttpClientInstrumentation extends WovenType {
  HttpClientInstrumentation() {
    super("sun.net.www.http.HttpClient");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    String name = HttpClientInstrumentation.class.getName();
    transformer.applyAdviceToMethod(
        method("New")
            .taking(5)
            .argument(0, URL.class)
            .argument(1, Proxy.class)
            .argument(3, boolean.class),
        name + "$New");
    transformer.applyAdviceToMethod(method("closeIdleConnection").taking(0), name + "$CloseIdle");
    transformer.applyAdviceToMethod(
        method("writeRequests").taking(3).argument(2, boolean.class), name + "$Write");
    transformer.applyAdviceToMethod(method("parseHTTP").taking(2), name + "$Parse");
    transformer.applyAdviceToMethod(method("parseHTTP").taking(3), name + "$ParseWithProgress");
    LookupInstrumentation.redirect(transformer);
  }

  /** Where all ways to get a plain client end. */
  public static class New {
    private New() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static @Nullable Object enter(
        @Advice.Argument(0) URL url,
        @Advice.Argument(value = 1, readOnly = false) @Nullable Proxy proxy,
        @Advice.Argument(value = 3, readOnly = false) boolean useCache,
        @Advice.Argument(4) @Nullable Object caller) {
      Object opening = Calls.opening(url, caller);
      if (Calls.toEndpoint(opening)) {
        proxy = Proxy.NO_PROXY;
        useCache = useCache && Calls.mayReuse(opening);
      }
      return opening;
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object opening,
        @Advice.Return @Nullable Object client,
        @Advice.Thrown @Nullable Throwable thrown) {
      Calls.opened(opening, client, thrown);
    }
  }

  /** Part of the application's {@code disconnect()}. */
  public static class CloseIdle {
    private CloseIdle() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This Object client) {
      Calls.closingIdle(client);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit() {
      Calls.closedIdle();
    }
  }

  /**
   * When writing has failed, the caller makes a new connection and writes the request again, a POST
   * included. It gets the error that it would give after that instead.
   */
  public static class Write {
    private Write() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This Object client,
        @Advice.Argument(value = 0, readOnly = false, typing = Assigner.Typing.DYNAMIC)
            Object head) {
      head = Calls.writing(client, head);
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object client,
        @Advice.FieldValue("serverOutput") PrintStream out,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (thrown == null && Calls.lost(client, out)) {
        thrown = new IOException("Error writing to server");
      }
    }
  }

  /** The library sends a request again if no response comes, a POST included; not for the mesh. */
  public static class Parse {
    private Parse() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This Object client,
        @Advice.FieldValue(value = "failedOnce", readOnly = false) boolean failedOnce) {
      if (Calls.driven(client)) {
        failedOnce = true;
      }
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object client,
        @Advice.Argument(value = 0, typing = Assigner.Typing.DYNAMIC) Object responses,
        @Advice.Argument(value = 1, typing = Assigner.Typing.DYNAMIC) Object connection,
        @Advice.FieldValue(value = "poster", typing = Assigner.Typing.DYNAMIC)
            @Nullable Object body,
        @Advice.FieldValue("ignoreContinue") boolean ignoreContinue,
        @Advice.Return(readOnly = false) boolean parsed,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      try {
        if (Calls.again(client, responses, body, !ignoreContinue, thrown)) {
          thrown = null;
          parsed = Calls.parse(client, responses, null, connection);
        }
      } catch (IOException e) {
        thrown = e;
      }
    }
  }

  /** The same of JDK 17. */
  public static class ParseWithProgress {
    private ParseWithProgress() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This Object client,
        @Advice.FieldValue(value = "failedOnce", readOnly = false) boolean failedOnce) {
      if (Calls.driven(client)) {
        failedOnce = true;
      }
    }

    @Advice.OnMethodExit(onThrowable = Throwable.class, suppress = Throwable.class)
    public static void exit(
        @Advice.This Object client,
        @Advice.Argument(value = 0, typing = Assigner.Typing.DYNAMIC) Object responses,
        @Advice.Argument(value = 1, typing = Assigner.Typing.DYNAMIC) @Nullable Object progress,
        @Advice.Argument(value = 2, typing = Assigner.Typing.DYNAMIC) Object connection,
        @Advice.FieldValue(value = "poster", typing = Assigner.Typing.DYNAMIC)
            @Nullable Object body,
        @Advice.FieldValue("ignoreContinue") boolean ignoreContinue,
        @Advice.Return(readOnly = false) boolean parsed,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      try {
        if (Calls.again(client, responses, body, !ignoreContinue, thrown)) {
          thrown = null;
          parsed = Calls.parse(client, responses, progress, connection);
        }
      } catch (IOException e) {
        thrown = e;
      }
    }
  }
}

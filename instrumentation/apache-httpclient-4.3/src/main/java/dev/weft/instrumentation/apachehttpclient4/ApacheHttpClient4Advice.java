package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.instrumentation.apachehttpclient4.inside.Hooks;
import javax.net.ssl.SSLSession;
import net.bytebuddy.asm.Advice;
import org.apache.http.HttpHost;
import org.apache.http.client.HttpRequestRetryHandler;
import org.apache.http.client.ServiceUnavailableRetryStrategy;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.impl.execchain.ClientExecChain;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Inlined into the library. */
final class ApacheHttpClient4Advice {
  private ApacheHttpClient4Advice() {}

  /** The library's own retries: the builder has its own objects again when it has built. */
  static final class Build {
    private Build() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.FieldValue(value = "retryHandler", readOnly = false)
            @Nullable HttpRequestRetryHandler handler,
        @Advice.FieldValue(value = "serviceUnavailStrategy", readOnly = false)
            @Nullable ServiceUnavailableRetryStrategy strategy,
        @Advice.Local("handler") @Nullable HttpRequestRetryHandler ownHandler,
        @Advice.Local("strategy") @Nullable ServiceUnavailableRetryStrategy ownStrategy) {
      ownHandler = handler;
      ownStrategy = strategy;
      handler = Hooks.retries(handler);
      strategy = Hooks.retries(strategy);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.FieldValue(value = "retryHandler", readOnly = false)
            @Nullable HttpRequestRetryHandler handler,
        @Advice.FieldValue(value = "serviceUnavailStrategy", readOnly = false)
            @Nullable ServiceUnavailableRetryStrategy strategy,
        @Advice.Local("handler") @Nullable HttpRequestRetryHandler ownHandler,
        @Advice.Local("strategy") @Nullable ServiceUnavailableRetryStrategy ownStrategy) {
      handler = ownHandler;
      strategy = ownStrategy;
    }
  }

  /** {@code decorateMainExec(ClientExecChain)}. */
  static final class Main {
    private Main() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.Argument(value = 0, readOnly = false) ClientExecChain main) {
      main = Hooks.main(main);
    }
  }

  /** {@code establishRoute(AuthState, HttpClientConnection, HttpRoute, HttpRequest, context)}. */
  static final class EstablishRoute {
    private EstablishRoute() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.Argument(4) HttpClientContext context) {
      Hooks.establishing(context);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Argument(4) HttpClientContext context,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      thrown = Hooks.established(context, thrown);
    }
  }

  /** {@code connect(connection, HttpHost, local, timeout, SocketConfig, HttpContext)}. */
  static final class Connect {
    private Connect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 1, readOnly = false) HttpHost host,
        @Advice.Argument(value = 3, readOnly = false) int timeout,
        @Advice.Argument(5) HttpContext context) {
      host = Hooks.host(context, host);
      timeout = Hooks.connectMillis(context, timeout);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Argument(0) ManagedHttpClientConnection connection,
        @Advice.Argument(3) int timeout,
        @Advice.Argument(5) HttpContext context,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      thrown = Hooks.connected(context, connection, timeout, thrown);
    }
  }

  static final class Session {
    private Session() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Return(readOnly = false) @Nullable SSLSession session) {
      session = Hooks.shown(session);
    }
  }
}

package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.instrumentation.apachehttpclient5.inside.Hooks;
import javax.net.ssl.SSLSession;
import net.bytebuddy.asm.Advice;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.config.NamedElementChain;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** Inlined into the library. */
final class ApacheHttpClient5Advice {
  private ApacheHttpClient5Advice() {}

  /** After the application's own handlers, and the library's for caching, are in the chain. */
  static final class Chain {
    private Chain() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Argument(0) NamedElementChain<ExecChainHandler> chain) {
      Hooks.chain(chain);
    }
  }

  /** {@code fork(CancellableDependency)}: for an attempt of ours, which the parent's end ends. */
  static final class Fork {
    private Fork() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(
        @Advice.FieldValue("cancellableDependency") @Nullable CancellableDependency parent,
        @Advice.Argument(0) @Nullable CancellableDependency child) {
      Hooks.forked(parent, child);
    }
  }

  static final class Session {
    private Session() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Return(readOnly = false) @Nullable SSLSession session) {
      session = Hooks.shown(session);
    }
  }

  /** 5.0, 5.1. */
  static final class Connect6 {
    private Connect6() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 3, readOnly = false) @Nullable TimeValue timeout,
        @Advice.Argument(5) HttpContext context) {
      timeout = Hooks.connecting(context, timeout);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Argument(0) ManagedHttpClientConnection connection,
        @Advice.Argument(3) @Nullable TimeValue timeout,
        @Advice.Argument(5) HttpContext context,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      thrown = Hooks.connected(context, connection, timeout, thrown);
    }
  }

  /** 5.2, 5.3. */
  static final class Connect7 {
    private Connect7() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 3, readOnly = false) @Nullable Timeout timeout,
        @Advice.Argument(6) HttpContext context) {
      timeout = (Timeout) Hooks.connecting(context, timeout);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Argument(0) ManagedHttpClientConnection connection,
        @Advice.Argument(3) @Nullable Timeout timeout,
        @Advice.Argument(6) HttpContext context,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      thrown = Hooks.connected(context, connection, timeout, thrown);
    }
  }

  /** 5.4, 5.5. */
  static final class Connect8 {
    private Connect8() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 4, readOnly = false) @Nullable Timeout timeout,
        @Advice.Argument(7) HttpContext context) {
      timeout = (Timeout) Hooks.connecting(context, timeout);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Argument(0) ManagedHttpClientConnection connection,
        @Advice.Argument(4) @Nullable Timeout timeout,
        @Advice.Argument(7) HttpContext context,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      thrown = Hooks.connected(context, connection, timeout, thrown);
    }
  }

  /** 5.6. */
  static final class Connect9 {
    private Connect9() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 5, readOnly = false) @Nullable Timeout timeout,
        @Advice.Argument(8) HttpContext context) {
      timeout = (Timeout) Hooks.connecting(context, timeout);
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    static void exit(
        @Advice.Argument(0) ManagedHttpClientConnection connection,
        @Advice.Argument(5) @Nullable Timeout timeout,
        @Advice.Argument(8) HttpContext context,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      thrown = Hooks.connected(context, connection, timeout, thrown);
    }
  }
}

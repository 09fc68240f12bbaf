package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.instrumentation.apachehttpclient5.inside.AsyncHooks;
import java.net.SocketAddress;
import net.bytebuddy.asm.Advice;
import org.apache.hc.client5.http.async.AsyncExecChainHandler;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.config.NamedElementChain;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** Inlined into the library. */
final class ApacheHttpClient5AsyncAdvice {
  private ApacheHttpClient5AsyncAdvice() {}

  /** After the application's own handlers, and the library's for caching, are in the chain. */
  static final class Chain {
    private Chain() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.Argument(0) NamedElementChain<AsyncExecChainHandler> chain) {
      AsyncHooks.chain(chain);
    }
  }

  /** {@code connect(…)}: on the thread that asks for the connection. */
  static final class Connect {
    private Connect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(
        @Advice.Argument(value = 1, readOnly = false) NamedEndpoint name,
        @Advice.Argument(value = 2, readOnly = false) @Nullable SocketAddress remote,
        @Advice.Argument(value = 4, readOnly = false) @Nullable Timeout timeout,
        @Advice.Argument(value = 5, readOnly = false) @Nullable Object policy,
        @Advice.Argument(value = 6, readOnly = false) FutureCallback<IOSession> callback) {
      Object attempt = AsyncHooks.connecting(name);
      if (attempt != null) {
        remote = AsyncHooks.remote(attempt);
        name = AsyncHooks.name(attempt);
        policy = AsyncHooks.policy(attempt, policy);
        callback = AsyncHooks.told(attempt, callback, policy, timeout);
        timeout = AsyncHooks.timeout(attempt, timeout);
      }
    }
  }
}

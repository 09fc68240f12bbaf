package dev.weft.instrumentation.apachehttpclient5.inside;

import java.net.SocketAddress;
import java.util.concurrent.ThreadFactory;
import org.apache.hc.client5.http.async.AsyncExecChainHandler;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.async.AsyncHttpRequestRetryExec;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.config.NamedElementChain;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/** What the advice of the asynchronous clients calls. */
public final class AsyncHooks {
  private AsyncHooks() {}

  /** What makes a client's threads. */
  public static ThreadFactory threads(@Nullable ThreadFactory own) {
    return IoThreads.of(own);
  }

  /** A client's chain is complete: ours comes in, inside of caches and of the library's retries. */
  public static void chain(NamedElementChain<AsyncExecChainHandler> chain) {
    NamedElementChain<AsyncExecChainHandler>.Node retry = chain.find(ChainElement.RETRY.name());
    if (retry != null && retry.getValue() instanceof AsyncHttpRequestRetryExec) {
      chain.replace(ChainElement.RETRY.name(), new AsyncOwnRetries(retry.getValue()));
    }
    chain.addBefore(ChainElement.PROTOCOL.name(), new MeshAsyncExec(), "WEFT");
  }

  // A connection is being made: each of these answers what it got if that is not for the mesh.

  /** By what name a failure is told. */
  public static NamedEndpoint name(NamedEndpoint own) {
    AsyncRuntime runtime = AsyncRuntime.current();
    return runtime == null ? own : runtime.shown();
  }

  /** To where. */
  public static @Nullable SocketAddress remote(@Nullable SocketAddress own) {
    AsyncRuntime runtime = AsyncRuntime.current();
    return runtime == null ? own : runtime.address();
  }

  /** Which protocols the client is ready to speak over it. */
  public static @Nullable Object policy(@Nullable Object own) {
    AsyncRuntime runtime = AsyncRuntime.current();
    return runtime == null || runtime.mayUseHttp2() || own == HttpVersionPolicy.FORCE_HTTP_2
        ? own
        : HttpVersionPolicy.FORCE_HTTP_1;
  }

  /** Who is told of it. */
  public static FutureCallback<IOSession> told(
      FutureCallback<IOSession> own, @Nullable Object policy, @Nullable Timeout timeout) {
    AsyncRuntime runtime = AsyncRuntime.current();
    return runtime == null || !runtime.address().tls()
        ? own
        : new AsyncTls(runtime, policy, timeout, own);
  }

  /** How long it may take; null for no limit. */
  public static @Nullable Timeout timeout(@Nullable Timeout own) {
    AsyncRuntime runtime = AsyncRuntime.current();
    return runtime == null ? own : runtime.connectTimeout(own);
  }
}

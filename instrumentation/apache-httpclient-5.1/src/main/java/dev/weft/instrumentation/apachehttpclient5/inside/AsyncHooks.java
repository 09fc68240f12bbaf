package dev.weft.instrumentation.apachehttpclient5.inside;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
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

  /** A client's chain is complete: ours comes in, inside of caches and of the library's retries. */
  public static void chain(NamedElementChain<AsyncExecChainHandler> chain) {
    NamedElementChain<AsyncExecChainHandler>.Node retry = chain.find(ChainElement.RETRY.name());
    if (retry != null && retry.getValue() instanceof AsyncHttpRequestRetryExec) {
      chain.replace(ChainElement.RETRY.name(), new AsyncOwnRetries(retry.getValue()));
    }
    chain.addBefore(ChainElement.PROTOCOL.name(), new MeshAsyncExec(), "WEFT");
  }

  // A connection is being made.

  /**
   * For which attempt of the mesh's.
   *
   * @param name of where the library would connect to: an endpoint's label, if it is for one
   * @return to be handed to the others; null if it is for none
   */
  public static @Nullable Object connecting(NamedEndpoint name) {
    AsyncRuntime runtime = AsyncRuntime.current();
    return runtime != null && runtime.address().getHostString().equals(name.getHostName())
        ? runtime
        : null;
  }

  /** By what name a failure is told. */
  public static NamedEndpoint name(Object attempt) {
    return ((AsyncRuntime) attempt).shown();
  }

  /** To where; by that name, too. */
  public static SocketAddress remote(Object attempt) {
    AsyncRuntime runtime = (AsyncRuntime) attempt;
    byte[] ip = runtime.address().getAddress().getAddress();
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(runtime.shown().getHostName(), ip), runtime.address().getPort());
    } catch (UnknownHostException e) {
      return runtime.address(); // not of an address that there is
    }
  }

  /** Which protocols the client is ready to speak over it. */
  public static @Nullable Object policy(Object attempt, @Nullable Object own) {
    return ((AsyncRuntime) attempt).mayUseHttp2() || own == HttpVersionPolicy.FORCE_HTTP_2
        ? own
        : HttpVersionPolicy.FORCE_HTTP_1;
  }

  /** Who is told of it. */
  public static FutureCallback<IOSession> told(
      Object attempt,
      FutureCallback<IOSession> own,
      @Nullable Object policy,
      @Nullable Timeout timeout) {
    AsyncRuntime runtime = (AsyncRuntime) attempt;
    FutureCallback<IOSession> wanted = new WhileWanted(runtime, own);
    return runtime.address().tls() ? new AsyncTls(runtime, policy, timeout, wanted) : wanted;
  }

  /** How long it may take; null for no limit. */
  public static @Nullable Timeout timeout(Object attempt, @Nullable Timeout own) {
    return ((AsyncRuntime) attempt).connectTimeout(own);
  }
}

package dev.weft.instrumentation.apachehttpclient5.inside;

import javax.net.ssl.SSLSession;
import org.apache.hc.client5.http.classic.ExecChainHandler;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.classic.HttpRequestRetryExec;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.config.NamedElementChain;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;

/** What the advice calls. */
public final class Hooks {
  private Hooks() {}

  /** A client's chain is complete: ours comes in, inside of caches and of the library's retries. */
  public static void chain(NamedElementChain<ExecChainHandler> chain) {
    NamedElementChain<ExecChainHandler>.Node retry = chain.find(ChainElement.RETRY.name());
    if (retry != null && retry.getValue() instanceof HttpRequestRetryExec) {
      chain.replace(ChainElement.RETRY.name(), new OwnRetries(retry.getValue()));
    }
    chain.addBefore(ChainElement.PROTOCOL.name(), new MeshExec(), "WEFT");
  }

  /** Whoever gives up the parent gives up what was forked for the mesh. */
  public static void forked(
      @Nullable CancellableDependency parent, @Nullable CancellableDependency child) {
    if (parent != null && child instanceof Hold) {
      parent.setDependency(child);
    }
  }

  /** How long connecting may take; null for no limit. */
  public static @Nullable TimeValue connecting(HttpContext context, @Nullable TimeValue own) {
    EndpointRuntime runtime = EndpointRuntime.of(context);
    return runtime == null ? own : runtime.connectTimeout(own);
  }

  /**
   * A connection has been made, or could not be.
   *
   * @return what that failed with; null if it is as it should be
   */
  public static @Nullable Throwable connected(
      HttpContext context,
      ManagedHttpClientConnection connection,
      @Nullable TimeValue timeout,
      @Nullable Throwable thrown) {
    EndpointRuntime runtime = EndpointRuntime.of(context);
    if (thrown != null || runtime == null) {
      return thrown;
    }
    try {
      runtime.connected(connection, timeout);
      return null;
    } catch (Throwable t) {
      return t;
    }
  }

  /** The session that a connection has as far as anybody is to know: none with mesh TLS. */
  public static @Nullable SSLSession shown(@Nullable SSLSession session) {
    return EndpointRuntime.ours(session) ? null : session;
  }
}

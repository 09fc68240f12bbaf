package dev.weft.instrumentation.apachehttpclient4.inside;

import javax.net.ssl.SSLSession;
import org.apache.http.HttpHost;
import org.apache.http.client.HttpRequestRetryHandler;
import org.apache.http.client.ServiceUnavailableRetryStrategy;
import org.apache.http.conn.ManagedHttpClientConnection;
import org.apache.http.impl.client.DefaultHttpRequestRetryHandler;
import org.apache.http.impl.execchain.ClientExecChain;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** What the advice calls. */
public final class Hooks {
  private Hooks() {}

  /** What decides about the library's retries of what has failed. */
  public static HttpRequestRetryHandler retries(@Nullable HttpRequestRetryHandler own) {
    return new OwnRetries.OfErrors(own == null ? DefaultHttpRequestRetryHandler.INSTANCE : own);
  }

  /** What decides about the library's retries of what was answered; null if nothing does. */
  public static @Nullable ServiceUnavailableRetryStrategy retries(
      @Nullable ServiceUnavailableRetryStrategy own) {
    return own == null ? null : new OwnRetries.OfResponses(own);
  }

  /** What sends a client's requests, the mesh's among them. */
  public static ClientExecChain main(ClientExecChain own) {
    return new MeshExec(own);
  }

  /** The pool has no connection. */
  public static void establishing(HttpContext context) {
    Connecting connecting = Connecting.of(context);
    if (connecting != null) {
      connecting.begins();
    }
  }

  /**
   * There is one, or not.
   *
   * @return what that failed with; null if it is as it should be
   */
  public static @Nullable Throwable established(HttpContext context, @Nullable Throwable thrown) {
    Connecting connecting = Connecting.of(context);
    return thrown != null || connecting == null ? thrown : connecting.ended();
  }

  /** Where to connect. */
  public static HttpHost host(HttpContext context, HttpHost own) {
    Connecting connecting = Connecting.of(context);
    return connecting == null ? own : connecting.host(own);
  }

  /** How long connecting may take, in milliseconds; 0 for no limit. */
  public static int connectMillis(HttpContext context, int own) {
    Connecting connecting = Connecting.of(context);
    return connecting == null ? own : connecting.millis(own);
  }

  /** As {@link #established}, of the socket. */
  public static @Nullable Throwable connected(
      HttpContext context,
      ManagedHttpClientConnection connection,
      int timeout,
      @Nullable Throwable thrown) {
    Connecting connecting = Connecting.of(context);
    if (thrown != null || connecting == null) {
      return thrown;
    }
    try {
      connecting.connected(connection, timeout);
      return null;
    } catch (Throwable t) {
      return t;
    }
  }

  /** The session that a connection has as far as anybody is to know: none with mesh TLS. */
  public static @Nullable SSLSession shown(@Nullable SSLSession session) {
    return Connecting.ours(session) ? null : session;
  }
}

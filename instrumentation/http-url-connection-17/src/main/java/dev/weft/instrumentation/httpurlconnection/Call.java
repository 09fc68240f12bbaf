package dev.weft.instrumentation.httpurlconnection;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of one {@code HttpURLConnection}: where it goes, and its outcome, which is told once.
 * The methods that tell it never throw.
 */
final class Call {
  private final URL url;
  private final Attempt attempt;
  private final @Nullable Refusal refusal;
  private final @Nullable MeshAddress address;
  private final AtomicBoolean settled = new AtomicBoolean();
  private volatile WeakReference<@Nullable HttpURLConnection> connection =
      new WeakReference<>(null);
  private volatile boolean onReusedSocket;

  private Call(URL url, Attempt attempt, @Nullable Refusal refusal, @Nullable MeshAddress address) {
    this.url = url;
    this.attempt = attempt;
    this.refusal = refusal;
    this.address = address;
  }

  /** Picks an endpoint for a URL; null if the URL is none of the mesh's business. */
  static @Nullable Call pick(URL url) {
    String host = url.getHost();
    if (!"http".equalsIgnoreCase(url.getProtocol()) || host == null || host.isEmpty()) {
      return null;
    }
    Attempt attempt = null;
    try {
      dev.weft.bootstrap.Call begun = Bridge.mesh().outbound().call(new UriRequest(url));
      attempt = begun == null ? null : begun.attempt();
      if (attempt == null) {
        MeshHosts.notOurs(host);
        return null;
      }
      Refusal refusal = attempt.refusal();
      if (refusal != null) {
        return new Call(url, attempt, refusal, null);
      }
      MeshAddress address = attempt.address();
      MeshHosts.picked(host, address);
      return new Call(url, attempt, null, address);
    } catch (Throwable t) {
      Bridge.fault(t);
      if (attempt != null) {
        try {
          attempt.abandoned();
        } catch (Throwable worse) {
          Bridge.fault(worse);
        }
      }
      return null;
    }
  }

  URL url() {
    return url;
  }

  /** What to answer without calling anyone; null to go ahead. */
  @Nullable Refusal refusal() {
    return refusal;
  }

  /** Where to go; null if {@link #refusal} is not. */
  @Nullable MeshAddress address() {
    return address;
  }

  /** The application's object; null before it is known, and when it is not in use any more. */
  @Nullable HttpURLConnection connection() {
    return connection.get();
  }

  void connection(HttpURLConnection caller) {
    connection = new WeakReference<>(caller);
  }

  void reusesSocket() {
    onReusedSocket = true;
  }

  /**
   * Whether the request may be sent a second time although the server may have seen it. Not if its
   * method is unknown: a duplicate is worse than an error.
   */
  boolean repeatable() {
    HttpURLConnection caller = connection.get();
    return caller != null && repeatable(caller.getRequestMethod());
  }

  static boolean repeatable(@Nullable String method) {
    return "GET".equals(method)
        || "HEAD".equals(method)
        || "OPTIONS".equals(method)
        || "TRACE".equals(method)
        || "PUT".equals(method)
        || "DELETE".equals(method);
  }

  void responded(int status) {
    if (settled.compareAndSet(false, true)) {
      try {
        attempt.responded(status, null);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
  }

  void failed(Throwable error) {
    if (settled.compareAndSet(false, true)) {
      try {
        attempt.failed(error, false);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
  }

  void abandoned() {
    if (settled.compareAndSet(false, true)) {
      try {
        attempt.abandoned();
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
  }

  /**
   * The library gives this attempt up and makes another. A connection that died in the pool says
   * nothing about its endpoint; a fresh one that died without a response does.
   */
  void superseded(Throwable error) {
    if (onReusedSocket) {
      abandoned();
    } else {
      failed(error);
    }
  }
}

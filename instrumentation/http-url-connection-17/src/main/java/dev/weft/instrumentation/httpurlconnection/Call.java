package dev.weft.instrumentation.httpurlconnection;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call of one {@code HttpURLConnection}, and the attempt that it is at. An outcome is told
 * once; the methods that tell it never throw.
 */
final class Call {
  private final URL url;
  private final dev.weft.bootstrap.Call call;
  private final WeakReference<HttpURLConnection> connection;
  private final boolean streaming;

  private volatile Attempt attempt;
  private volatile @Nullable Refusal refusal;
  private volatile @Nullable MeshAddress address;
  private volatile @Nullable HeadChange change;
  private volatile long connectNanos;
  private volatile long connectEnd;
  private volatile @Nullable Runnable timer;
  private volatile @Nullable Wire wire;
  private volatile boolean onReusedSocket;
  private boolean settled;
  private boolean late;

  private volatile @Nullable Object head;
  private volatile boolean resending;
  private volatile boolean gone;

  private Call(
      URL url, dev.weft.bootstrap.Call call, HttpURLConnection connection, boolean streaming) {
    this.url = url;
    this.call = call;
    this.connection = new WeakReference<>(connection);
    this.streaming = streaming;
    this.attempt = call.attempt();
  }

  /**
   * Begins a call and its first attempt; null if the URL is none of the mesh's business.
   *
   * @param head what the application has set of the request's head; null if it is not known
   */
  static @Nullable Call pick(
      URL url, HttpURLConnection caller, @Nullable Object head, boolean streaming) {
    String host = url.getHost();
    if (!"http".equalsIgnoreCase(url.getProtocol()) || host == null || host.isEmpty()) {
      return null;
    }
    Call picked = null;
    try {
      dev.weft.bootstrap.Call begun =
          Bridge.mesh().outbound().call(new RequestView(url, caller, head, streaming));
      if (begun == null) {
        MeshHosts.notOurs(host);
        return null;
      }
      picked = new Call(url, begun, caller, streaming);
      picked.begin();
      // Copies of requests are not made by this library.
      for (Attempt copy; (copy = begun.mirror()) != null; ) {
        copy.abandoned();
      }
      return picked;
    } catch (Throwable t) {
      Bridge.fault(t);
      if (picked != null) {
        picked.abandoned();
      }
      return null;
    }
  }

  /**
   * Why a call of {@code https} must not be made; null if it may. That is all that there is to ask:
   * its TLS is the application's own, in which no response of the mesh's can be given either.
   */
  static @Nullable Refusal refusal(
      URL url, HttpURLConnection caller, @Nullable Object head, boolean streaming) {
    String host = url.getHost();
    if (host == null || host.isEmpty()) {
      return null;
    }
    try {
      dev.weft.bootstrap.Call begun =
          Bridge.mesh().outbound().call(new RequestView(url, caller, head, streaming));
      if (begun == null) {
        return null;
      }
      Attempt asked = begun.attempt();
      Refusal refusal = asked.refusal();
      asked.abandoned();
      return refusal;
    } catch (Throwable t) {
      Bridge.fault(t);
      return null;
    }
  }

  /** Reads what the attempt says, and waits if it says so. */
  private void begin() {
    Attempt beginning = attempt;
    refusal = beginning.refusal();
    long delay = beginning.delayNanos();
    if (refusal != null) {
      address = null;
      change = null;
      pause(delay);
      abandoned();
      return;
    }
    address = beginning.address();
    change = beginning.change();
    MeshHosts.picked(url.getHost(), address);
    pause(delay);
    connectNanos = 0;
    connectEnd = 0;
    try {
      connectNanos = beginning.connectTimeoutNanos();
      long timeout = beginning.timeoutNanos();
      if (timeout > 0) {
        timer = Bridge.mesh().outbound().schedule(() -> timeOut(beginning), timeout);
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  /** Waits; an interrupt ends it, and is kept for the library to see. */
  private static void pause(long nanos) {
    if (nanos > 0) {
      try {
        TimeUnit.NANOSECONDS.sleep(nanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void timeOut(Attempt timed) {
    if (settled || attempt != timed) {
      return;
    }
    late = true;
    Wire pending = wire;
    if (pending != null) {
      // Under the lock: once the attempt is settled, the connection may be another call's.
      pending.close();
    }
  }

  private void stopTimer() {
    Runnable cancel = timer;
    if (cancel != null) {
      timer = null;
      cancel.run();
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

  /**
   * The attempt begins to connect.
   *
   * @param own the application's limit in milliseconds; 0 for none
   * @return milliseconds for the socket; 0 for no limit
   */
  int connectMillis(int own) {
    long nanos = connectNanos;
    if (nanos <= 0) {
      connectEnd = 0;
      return own;
    }
    long end = System.nanoTime() + nanos;
    connectEnd = end == 0 ? 1 : end;
    return shorter(own, nanos);
  }

  /**
   * What is left for mesh TLS.
   *
   * @param own as before
   */
  int handshakeMillis(int own) {
    long end = connectEnd;
    return end == 0 ? own : shorter(own, end - System.nanoTime());
  }

  private static int shorter(int own, long nanos) {
    int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(1, nanos / 1_000_000));
    return own > 0 ? Math.min(own, millis) : millis;
  }

  boolean streaming() {
    return streaming;
  }

  /** The connection that the attempt uses; closed at once if the attempt's time is over. */
  synchronized void on(Wire used, boolean reused) {
    wire = used;
    onReusedSocket = reused;
    if (late) {
      used.close();
    }
  }

  /** Whether the time of the attempt is over. */
  synchronized boolean late() {
    return late;
  }

  /** The request's head as the application has made it; kept, to be written again. */
  Object writes(Object requestHead) {
    head = requestHead;
    HeadChange wanted = change;
    return wanted == null ? requestHead : Inside.changed(requestHead, wanted);
  }

  @Nullable Object head() {
    return head;
  }

  /**
   * The library itself will make a connection and write the request again, as it does when writing
   * has failed: for this call.
   */
  void resending(boolean expected) {
    resending = expected;
  }

  boolean resending() {
    return resending;
  }

  /**
   * Whether the request may be sent a second time although the server may have seen it. Not if its
   * method is unknown: a duplicate is worse than an error.
   */
  boolean repeatable() {
    HttpURLConnection caller = connection.get();
    return caller != null && repeatable(caller.getRequestMethod());
  }

  private static boolean repeatable(@Nullable String method) {
    return "GET".equals(method)
        || "HEAD".equals(method)
        || "OPTIONS".equals(method)
        || "TRACE".equals(method)
        || "PUT".equals(method)
        || "DELETE".equals(method);
  }

  /**
   * Whether the attempt may go on over a new connection, to the same endpoint: the one it used had
   * been idle, and died. That says nothing about the endpoint. True once.
   */
  boolean outlivesItsConnection() {
    if (!onReusedSocket || streaming || late() || settled() || !repeatable()) {
      return false;
    }
    onReusedSocket = false;
    return true;
  }

  private synchronized boolean settle() {
    boolean settles = !settled;
    settled = true;
    return settles;
  }

  synchronized boolean settled() {
    return settled;
  }

  /**
   * @param retryAfter value of that field; null if there is none
   */
  Verdict responded(int status, @Nullable String retryAfter) {
    stopTimer();
    if (settle()) {
      try {
        return attempt.responded(status, retryAfter);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
    return Verdict.DELIVER;
  }

  /** What of the response's head is to be shown otherwise; null for nothing. */
  @Nullable HeadChange responseChange() {
    try {
      return attempt.responseChange();
    } catch (Throwable t) {
      Bridge.fault(t);
      return null;
    }
  }

  /** Without a response; for whatever reason, if the time of the attempt is over. */
  Verdict failed(Throwable error) {
    stopTimer();
    boolean over = late();
    if (settle()) {
      try {
        return over ? attempt.timedOut() : attempt.failed(error, false);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
    return Verdict.DELIVER;
  }

  void abandoned() {
    stopTimer();
    if (settle()) {
      tellAbandoned();
    }
  }

  /** The application has hung up; perhaps while this waits to try again. */
  void hungUp() {
    gone = true;
    abandoned();
  }

  private void tellAbandoned() {
    try {
      attempt.abandoned();
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  /**
   * Does what the mesh says about an outcome: begins the next attempt, or an answer that nobody is
   * called for.
   *
   * @return false if the outcome is to be delivered
   */
  boolean goesOn(Verdict verdict) {
    Refusal answer = verdict.answer();
    if (answer != null) {
      refusal = answer;
      address = null;
      return true;
    }
    if (!verdict.retry() || streaming) {
      return false;
    }
    pause(verdict.delayNanos());
    HttpURLConnection caller = connection.get();
    if (caller == null || gone || Thread.currentThread().isInterrupted()) {
      tellAbandoned();
      return false;
    }
    try {
      Attempt next = call.attempt();
      synchronized (this) {
        attempt = next;
        settled = false;
        late = false;
      }
      wire = null;
      onReusedSocket = false;
      begin();
      return true;
    } catch (Throwable t) {
      Bridge.fault(t);
      abandoned();
      return false;
    }
  }
}

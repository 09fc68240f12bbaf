package dev.weft.instrumentation.httpurlconnection.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Bridge;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Request;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.URL;
import org.jspecify.annotations.Nullable;

/** One call of one {@code HttpURLConnection}: how the mesh drives it, and what the library does. */
final class Call {
  private final URL url;
  private final Blocking mesh;
  private final WeakReference<HttpURLConnection> connection;
  private final boolean streaming;

  private volatile boolean onReusedSocket;
  private volatile @Nullable Object head;
  private volatile boolean resending;

  private Call(URL url, Blocking mesh, HttpURLConnection connection, boolean streaming) {
    this.url = url;
    this.mesh = mesh;
    this.connection = new WeakReference<>(connection);
    this.streaming = streaming;
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
    Blocking mesh = begin(url, caller, head, streaming);
    if (mesh == null) {
      MeshHosts.notOurs(host);
      return null;
    }
    Call picked = new Call(url, mesh, caller, streaming);
    picked.leads();
    return picked;
  }

  /**
   * Why a call of {@code https} must not be made; null if it may. That is all that there is to ask:
   * its TLS is the application's own, in which no response of the mesh's can be given either.
   */
  static @Nullable Refusal refusal(
      URL url, HttpURLConnection caller, @Nullable Object head, boolean streaming) {
    String host = url.getHost();
    Blocking asked = host == null || host.isEmpty() ? null : begin(url, caller, head, streaming);
    if (asked == null) {
      return null;
    }
    asked.abandoned();
    return asked.refusal();
  }

  private static @Nullable Blocking begin(
      URL url, HttpURLConnection caller, @Nullable Object head, boolean streaming) {
    return Bridge.mesh().outbound().blocking(new RequestView(url, caller, head, streaming));
  }

  /** Its host, whoever looks it up, is the endpoint at hand. */
  private void leads() {
    MeshAddress address = mesh.address();
    if (address != null) {
      MeshHosts.picked(url.getHost(), address);
    }
  }

  Blocking mesh() {
    return mesh;
  }

  /** Whose call it is; null if the application has dropped it. */
  @Nullable HttpURLConnection connection() {
    return connection.get();
  }

  /** The connection that the attempt uses; closed at once if the attempt's time is over. */
  void on(Wire used, boolean reused) {
    onReusedSocket = reused;
    leads();
    mesh.closesLate(used);
  }

  /** The request's head as the application has made it; kept, to be written again. */
  Object writes(Object requestHead) {
    head = requestHead;
    HeadChange wanted = mesh.change();
    return wanted == null ? requestHead : Inside.changed(requestHead, wanted);
  }

  /** What {@link #writes} has kept. */
  Object head() {
    Object written = head;
    if (written == null) {
      throw new IllegalStateException("a request that was never written");
    }
    return written;
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
    return caller != null && Request.idempotent(caller.getRequestMethod());
  }

  /**
   * Whether the attempt may go on over a new connection, to the same endpoint: the one it used had
   * been idle, and died. That says nothing about the endpoint. True once.
   */
  boolean outlivesItsConnection() {
    if (!onReusedSocket || streaming || mesh.late() || !mesh.open() || !repeatable()) {
      return false;
    }
    onReusedSocket = false;
    return true;
  }
}

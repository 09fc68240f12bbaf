package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.MeshAddress;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.EndpointInfo;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.classic.ExecRuntime;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The library's runtime for one attempt: it gets connections to the endpoint, where everybody else
 * sees the route to what the application has called.
 */
final class EndpointRuntime implements ExecRuntime {
  private static final String CONNECTING = "dev.weft.connecting";

  /** A value of the sessions of mesh TLS. */
  private static final String OURS = "dev.weft.mesh";

  private final ExecRuntime own;
  private final Blocking call;
  private final MeshAddress address;
  private @Nullable ManagedHttpClientConnection secured;
  private boolean connecting;
  private boolean begun;

  EndpointRuntime(ExecRuntime own, Blocking call, MeshAddress address) {
    this.own = own;
    this.call = call;
    this.address = address;
  }

  /** Whether it is getting a connection, or could not. */
  boolean connecting() {
    return connecting;
  }

  /** Whether a request may have been sent. */
  boolean begun() {
    return begun;
  }

  // Connections.

  /** For whom a connection is being made; null if it is not for the mesh. */
  static @Nullable EndpointRuntime of(@Nullable HttpContext context) {
    Object found = context == null ? null : context.getAttribute(CONNECTING);
    return found instanceof EndpointRuntime ? (EndpointRuntime) found : null;
  }

  static boolean ours(@Nullable SSLSession session) {
    return session != null && session.getValue(OURS) != null;
  }

  /** The endpoint's label keeps it apart from all others in the pool, and is never looked up. */
  @Override
  public void acquireEndpoint(
      String id, HttpRoute route, @Nullable Object state, HttpClientContext context)
      throws IOException {
    HttpHost host =
        new HttpHost(
            route.getTargetHost().getSchemeName(),
            address.getAddress(),
            address.getHostString(),
            address.getPort());
    connecting = true;
    own.acquireEndpoint(id, new HttpRoute(host, route.getLocalAddress(), false), state, context);
    connecting = false;
  }

  @Override
  public void connectEndpoint(HttpClientContext context) throws IOException {
    context.setAttribute(CONNECTING, this);
    connecting = true;
    try {
      own.connectEndpoint(context);
    } finally {
      context.removeAttribute(CONNECTING);
    }
    if (address.tls() && secured == null) {
      throw new SSLException("no mesh TLS over connections that the application makes itself");
    }
    connecting = false;
  }

  /** The shorter limit, the application's or the mesh's; null or 0 for none. */
  @Nullable TimeValue connectTimeout(@Nullable TimeValue applications) {
    int own = millis(applications);
    int shorter = call.connectMillis(own);
    return shorter == own ? applications : Timeout.ofMilliseconds(shorter);
  }

  /** 0 for no limit. */
  private static int millis(@Nullable TimeValue limit) {
    return limit == null ? 0 : Math.max(0, limit.toMillisecondsIntBound());
  }

  /** A connection has been made. */
  void connected(ManagedHttpClientConnection connection, @Nullable TimeValue timeout)
      throws IOException {
    if (!address.tls() || connection == secured) {
      return;
    }
    Socket raw = connection.getSocket();
    if (raw == null) {
      throw new ConnectionClosedException();
    }
    Socket socket;
    try {
      socket = address.layer(raw, millis(connectTimeout(timeout)));
    } catch (SocketTimeoutException e) {
      IOException late =
          new ConnectTimeoutException("Connect to " + address + " failed: Connect timed out");
      late.initCause(e);
      throw late;
    }
    if (socket instanceof SSLSocket) {
      ((SSLSocket) socket).getSession().putValue(OURS, Boolean.TRUE);
    }
    connection.bind(socket);
    secured = connection;
  }

  // Requests.

  @Override
  public ClassicHttpResponse execute(
      String id, ClassicHttpRequest request, HttpClientContext context)
      throws IOException, HttpException {
    ready(context);
    return own.execute(id, Heads.sent(request, call.change()), context);
  }

  /** From 5.4 on. */
  @Override
  public ClassicHttpResponse execute(
      String id,
      ClassicHttpRequest request,
      HttpResponseInformationCallback information,
      HttpClientContext context)
      throws IOException, HttpException {
    ready(context);
    return own.execute(id, Heads.sent(request, call.change()), information, context);
  }

  /** The library would connect by itself, past {@link #connectEndpoint}. */
  private void ready(HttpClientContext context) throws IOException {
    if (!own.isEndpointConnected()) {
      connectEndpoint(context);
    }
    begun = true;
  }

  // As the library has it.

  @Override
  public boolean isExecutionAborted() {
    return own.isExecutionAborted();
  }

  @Override
  public boolean isEndpointAcquired() {
    return own.isEndpointAcquired();
  }

  @Override
  public void releaseEndpoint() {
    own.releaseEndpoint();
  }

  @Override
  public void discardEndpoint() {
    own.discardEndpoint();
  }

  @Override
  public boolean isEndpointConnected() {
    return own.isEndpointConnected();
  }

  @Override
  public void disconnectEndpoint() throws IOException {
    own.disconnectEndpoint();
  }

  @Override
  public void upgradeTls(HttpClientContext context) throws IOException {
    own.upgradeTls(context);
  }

  /** From 5.4 on. */
  @Override
  public EndpointInfo getEndpointInfo() {
    return own.getEndpointInfo();
  }

  @Override
  public boolean isConnectionReusable() {
    return own.isConnectionReusable();
  }

  @Override
  public void markConnectionReusable(Object state, TimeValue validityTime) {
    own.markConnectionReusable(state, validityTime);
  }

  @Override
  public void markConnectionNonReusable() {
    own.markConnectionNonReusable();
  }

  @Override
  public ExecRuntime fork(CancellableDependency dependency) {
    return own.fork(dependency);
  }
}

package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Driven;
import dev.weft.bridge.MeshAddress;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.EndpointInfo;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.async.AsyncExecRuntime;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncClientExchangeHandler;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * The library's runtime for one attempt, a fork of the call's: it gets connections to the endpoint,
 * where everybody else sees the route to what the application has called.
 */
final class AsyncRuntime implements AsyncExecRuntime {
  /** How far it has come. */
  enum Step {
    BEFORE,
    CONNECTING,
    /** The library takes the connection for made. */
    SHAKING_HANDS,
    CONNECTED,
    SENDING
  }

  /**
   * The scheme of routes whose connections may come to speak HTTP/2: the library takes what it does
   * not know for something that negotiates, and puts no TLS of its own there.
   */
  private static final String NEGOTIATES = "weft";

  /** What cannot be said in HTTP/2, which the library would refuse there. */
  private static final String[] OF_HTTP_1 = {
    HttpHeaders.CONNECTION,
    HttpHeaders.HOST,
    HttpHeaders.KEEP_ALIVE,
    HttpHeaders.PROXY_CONNECTION,
    HttpHeaders.TE,
    HttpHeaders.TRANSFER_ENCODING,
    HttpHeaders.UPGRADE
  };

  /** For whom the library connects on this thread. */
  private static final ThreadLocal<@Nullable AsyncRuntime> CONNECTING = new ThreadLocal<>();

  private final AsyncExecRuntime own;
  private final Driven driven;
  private final MeshAddress address;
  private final HttpHost shown;
  private final boolean http2;
  private volatile Step step = Step.BEFORE;
  private volatile @Nullable AsyncTls secured;
  private volatile @Nullable AsyncHandler handler;

  /** What the library is connecting by, which it forgets about. */
  private volatile @Nullable Cancellable connecting;

  private volatile boolean givenUp;

  AsyncRuntime(
      AsyncExecChain.Scope scope, Driven driven, MeshAddress address, HttpRequest request) {
    this.own = scope.execRuntime.fork();
    this.driven = driven;
    this.address = address;
    this.shown = scope.route.getTargetHost();
    this.http2 = !isOfHttp1(request);
  }

  private static boolean isOfHttp1(HttpRequest request) {
    for (String name : OF_HTTP_1) {
      if (request.containsHeader(name)) {
        return true;
      }
    }
    return false;
  }

  Step step() {
    return step;
  }

  /** See {@link AsyncAttempt#leavesEntity}. */
  void leavesEntity() {
    AsyncHandler sending = handler;
    if (sending != null) {
      sending.leavesEntity();
    }
  }

  // Connections.

  /** For whom a connection is being made; null if it is not for the mesh. */
  static @Nullable AsyncRuntime current() {
    return CONNECTING.get();
  }

  MeshAddress address() {
    return address;
  }

  /** What the application has called. */
  HttpHost shown() {
    return shown;
  }

  /** Whether a connection may speak HTTP/2, if both sides know how. */
  boolean mayUseHttp2() {
    return http2;
  }

  /** The shorter limit, the application's or the mesh's; null or 0 for none. */
  @Nullable Timeout connectTimeout(@Nullable Timeout applications) {
    long nanos = driven.connectNanos();
    if (nanos == 0) {
      return applications;
    }
    long most = Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    return applications != null
            && applications.toMilliseconds() > 0
            && applications.toMilliseconds() <= most
        ? applications
        : Timeout.ofMilliseconds(most);
  }

  /** Mesh TLS begins. */
  void secures(AsyncTls tls) {
    secured = tls;
  }

  /** The endpoint's label keeps it apart from all others in the pool, and is never looked up. */
  @Override
  public Cancellable acquireEndpoint(
      String id,
      HttpRoute route,
      @Nullable Object state,
      HttpClientContext context,
      FutureCallback<AsyncExecRuntime> callback) {
    HttpHost host =
        new HttpHost(
            address.tls() && http2 ? NEGOTIATES : route.getTargetHost().getSchemeName(),
            address.getAddress(),
            address.getHostString(),
            address.getPort());
    return own.acquireEndpoint(
        id,
        new HttpRoute(host, route.getLocalAddress(), false),
        state,
        context,
        new Ready(callback, false));
  }

  @Override
  public Cancellable connectEndpoint(
      HttpClientContext context, FutureCallback<AsyncExecRuntime> callback) {
    step = Step.CONNECTING;
    AsyncRuntime outer = enter();
    Cancellable begun;
    try {
      begun = own.connectEndpoint(context, new Ready(callback, true));
    } finally {
      leave(outer);
    }
    connecting = begun;
    if (givenUp) {
      begun.cancel();
    }
    return begun;
  }

  /** The attempt is over, and whatever still comes of it is not wanted. */
  void giveUp() {
    givenUp = true;
    Cancellable begun = connecting;
    if (begun != null && step == Step.CONNECTING) {
      connecting = null;
      begun.cancel();
    }
    discardEndpoint();
  }

  boolean isGivenUp() {
    return givenUp;
  }

  private @Nullable AsyncRuntime enter() {
    AsyncRuntime outer = CONNECTING.get();
    CONNECTING.set(this);
    return outer;
  }

  private static void leave(@Nullable AsyncRuntime outer) {
    CONNECTING.set(outer);
  }

  /** A connection has been got, or made. */
  final class Ready implements FutureCallback<AsyncExecRuntime> {
    private final FutureCallback<AsyncExecRuntime> next;
    private final boolean made;

    Ready(FutureCallback<AsyncExecRuntime> next, boolean made) {
      this.next = next;
      this.made = made;
    }

    @Override
    public void completed(AsyncExecRuntime connected) {
      if (givenUp) {
        own.discardEndpoint(); // a place in the pool, that only now is its
        next.failed(new InterruptedIOException());
      } else if (made && address.tls() && secured == null) {
        failed(new SSLException("no mesh TLS over connections that the application makes itself"));
      } else {
        next.completed(AsyncRuntime.this);
      }
    }

    @Override
    public void failed(Exception error) {
      next.failed(error);
    }

    @Override
    public void cancelled() {
      next.cancelled();
    }
  }

  // Requests.

  @Override
  public Cancellable execute(
      String id, AsyncClientExchangeHandler exchange, HttpClientContext context) {
    AsyncTls fresh = secured;
    step = fresh != null && !fresh.isDone() ? Step.SHAKING_HANDS : Step.CONNECTED;
    AsyncHandler sending = new AsyncHandler(exchange, this, driven.change(), context);
    handler = sending;
    AsyncRuntime outer = enter(); // if the connection has just died, the library makes another
    try {
      return own.execute(id, sending, context);
    } finally {
      leave(outer);
    }
  }

  /** The connection is ready for the request. */
  void begins(HttpClientContext context) {
    step = Step.CONNECTED;
    AsyncTls fresh = secured;
    RequestConfig config = context.getRequestConfig();
    Timeout timeout = config == null ? null : config.getResponseTimeout();
    if (fresh != null && timeout != null && !fresh.isHttp2()) {
      fresh.session().setSocketTimeout(timeout); // what was set before the handshake is lost
    }
  }

  /** The request is being written. */
  void sends() {
    step = Step.SENDING;
  }

  /** It is not, for the application's own code has failed. */
  void fails() {
    step = Step.BEFORE;
  }

  // As the library has it.

  @Override
  public boolean isEndpointAcquired() {
    return own.isEndpointAcquired();
  }

  @Override
  public void releaseEndpoint() {
    own.releaseEndpoint();
  }

  /** The pool has no connection yet while hands are shaken. */
  @Override
  public void discardEndpoint() {
    AsyncTls begun = secured;
    if (begun != null && !begun.isDone()) {
      begun.session().close(CloseMode.IMMEDIATE);
    }
    own.discardEndpoint();
  }

  @Override
  public boolean isEndpointConnected() {
    return own.isEndpointConnected();
  }

  @Override
  public void disconnectEndpoint() {
    own.disconnectEndpoint();
  }

  @Override
  public void upgradeTls(HttpClientContext context) {
    own.upgradeTls(context);
  }

  /** From 5.2 on. */
  @Override
  public void upgradeTls(HttpClientContext context, FutureCallback<AsyncExecRuntime> callback) {
    own.upgradeTls(context, callback);
  }

  /** From 5.4 on. */
  @Override
  public EndpointInfo getEndpointInfo() {
    return own.getEndpointInfo();
  }

  @Override
  public boolean validateConnection() {
    return own.validateConnection();
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
  public AsyncExecRuntime fork() {
    return own.fork();
  }
}

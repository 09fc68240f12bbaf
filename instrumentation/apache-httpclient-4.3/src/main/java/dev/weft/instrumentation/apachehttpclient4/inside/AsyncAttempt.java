package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Driven;
import dev.weft.bridge.Failure;
import dev.weft.bridge.MeshAddress;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.http.ConnectionClosedException;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpException;
import org.apache.http.HttpHeaders;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.HttpResponse;
import org.apache.http.HttpStatus;
import org.apache.http.auth.AuthProtocolState;
import org.apache.http.auth.AuthScope;
import org.apache.http.auth.AuthState;
import org.apache.http.client.CredentialsProvider;
import org.apache.http.client.methods.HttpRequestWrapper;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.concurrent.FutureCallback;
import org.apache.http.conn.routing.HttpRoute;
import org.apache.http.nio.ContentDecoder;
import org.apache.http.nio.ContentEncoder;
import org.apache.http.nio.IOControl;
import org.apache.http.nio.NHttpClientConnection;
import org.apache.http.nio.conn.ManagedNHttpClientConnection;
import org.apache.http.nio.conn.NHttpClientConnectionManager;
import org.apache.http.nio.conn.ssl.SSLIOSessionStrategy;
import org.apache.http.nio.protocol.HttpAsyncClientExchangeHandler;
import org.apache.http.nio.protocol.HttpAsyncRequestExecutor;
import org.apache.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * One attempt: gets a connection to its endpoint, and stands between that and the library's
 * exchange, which sees the events of the attempt that is delivered.
 */
final class AsyncAttempt
    implements HttpAsyncClientExchangeHandler, FutureCallback<NHttpClientConnection>, Runnable {
  /** How far it has come. */
  enum Step {
    LEASING,
    CONNECTED,
    SHAKING_HANDS,
    /** The application's own code makes the request ready. */
    PREPARING,
    SENDING,
    /** The library looks for an answer to a challenge. */
    ANSWERING
  }

  /** Under which a connection with mesh TLS has the label of the endpoint that it is to. */
  private static final String SECURED = "dev.weft.secured";

  /** A body that is dropped is read up to here; a longer one ends its connection. */
  private static final int MAX_DRAINED = 16 * 1024;

  /** And so long it is waited for. */
  private static final int DRAIN_MILLIS = 1_000;

  private final AsyncExchange exchange;
  private final Driven driven;
  private final MeshAddress address;
  private final NHttpClientConnectionManager own;
  private final HttpClientContext context;
  private final HttpRoute pinned;

  /** For connecting, in milliseconds; 0 for no limit, less for the reactor's own. */
  private final long connectMillis;

  private volatile boolean produced;

  /** The library answers a challenge. */
  private volatile boolean answering;

  /** A response that nobody is to see; null if there is none. */
  private @Nullable HttpResponse dropped;

  private int drained;
  private int socketTimeout;

  // Guarded by this.
  private Step step = Step.LEASING;
  private @Nullable NHttpClientConnection connection;
  private boolean ended;
  private boolean over;

  AsyncAttempt(AsyncExchange exchange, Driven driven, MeshAddress address) {
    this.exchange = exchange;
    this.driven = driven;
    this.address = address;
    this.own = exchange.manager().own();
    this.context = exchange.manager().context();
    HttpRoute route = exchange.asked().route;
    // By the name of the address, which is the endpoint's label: it keeps it apart from all others
    // in the pool, and is never looked up.
    HttpHost labelled =
        new HttpHost(
            address.getAddress(), address.getPort(), route.getTargetHost().getSchemeName());
    this.pinned = new HttpRoute(labelled, route.getLocalAddress(), false);
    this.connectMillis = shorter(exchange.asked().connectMillis, driven.connectNanos());
  }

  private static long shorter(long ownMillis, long nanos) {
    long most = nanos == 0 ? 0 : Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    return most == 0 || ownMillis > 0 && ownMillis <= most ? ownMillis : most;
  }

  // Its connection.

  /** Gets one; again, if the library answers a challenge and the server has closed the first. */
  void connect() {
    answering = false;
    synchronized (this) {
      step = Step.LEASING;
    }
    Wanted wanted = exchange.asked();
    // The wait for it is never cancelled: the library loses count of a connection that comes up
    // just then. One that comes too late is closed.
    own.requestConnection(
        pinned, wanted.state, connectMillis, wanted.leaseMillis, TimeUnit.MILLISECONDS, this);
  }

  @Override
  public void completed(NHttpClientConnection got) {
    try {
      begin(got);
    } catch (RuntimeException e) {
      failed(e); // it has been shut down meanwhile; the reactor would end over this
    }
  }

  private void begin(NHttpClientConnection got) {
    HttpContext events = got.getContext();
    boolean late;
    synchronized (this) {
      late = ended || over;
      connection = got;
      if (!late) {
        step = Step.CONNECTED;
      }
    }
    synchronized (events) { // as the reactor does when the peer closes it
      events.setAttribute(HttpAsyncRequestExecutor.HTTP_HANDLER, this);
      if (got.isStale()) {
        failed(new ConnectionClosedException("Connection closed"));
      } else if (late) {
        // A new one is not the pool's before this returns: the reactor gives it back, by close().
        shutDown(got);
      } else {
        got.requestOutput();
      }
    }
  }

  /** The library's pool has ended the wait, with the client. */
  @Override
  public void cancelled() {
    if (ends() && driven.ended(new CancellationException(), Failure.OTHER)) {
      exchange.cancelledBelow();
    }
  }

  synchronized @Nullable NHttpClientConnection connection() {
    return connection;
  }

  private synchronized @Nullable NHttpClientConnection takeConnection() {
    NHttpClientConnection taken = connection;
    connection = null;
    return taken;
  }

  private NHttpClientConnection open() throws ConnectionClosedException {
    NHttpClientConnection current = connection();
    if (current == null) {
      throw new ConnectionClosedException("Connection closed");
    }
    return current;
  }

  /** The library's exchange gives it back to the pool: before it has ended, if it is cancelled. */
  void release(@Nullable Object state, long duration, TimeUnit unit) {
    NHttpClientConnection used = takeConnection();
    if (used == null) {
      return;
    }
    used.getContext().removeAttribute(HttpAsyncRequestExecutor.HTTP_HANDLER);
    own.releaseConnection(used, state, duration, unit);
    if (!answering && ends()) {
      driven.ended(new CancellationException(), Failure.OTHER); // no event comes after this
    }
  }

  private void discard(@Nullable NHttpClientConnection used) {
    if (used != null) {
      shutDown(used);
      own.releaseConnection(used, null, 0, TimeUnit.MILLISECONDS);
    }
  }

  private static void shutDown(NHttpClientConnection used) {
    try {
      used.shutdown();
    } catch (IOException e) {
      // It is closed.
    }
  }

  /** Puts mesh TLS over a new connection, as the library does where it has a TLS of its own. */
  private void shakeHands(NHttpClientConnection fresh) throws IOException {
    if (!(fresh instanceof ManagedNHttpClientConnection)) {
      throw new SSLException("no mesh TLS over connections that the application makes itself");
    }
    if (!steps(Step.SHAKING_HANDS)) {
      throw new ConnectionClosedException("Connection closed");
    }
    socketTimeout = fresh.getSocketTimeout();
    fresh.setSocketTimeout(
        connectMillis > 0
            ? (int) Math.min(connectMillis, MeshAddress.HANDSHAKE_MILLIS)
            : MeshAddress.HANDSHAKE_MILLIS);
    SSLIOSessionStrategy tls = new SSLIOSessionStrategy(address.sslContext(), new Handshake(this));
    ManagedNHttpClientConnection managed = (ManagedNHttpClientConnection) fresh;
    managed.bind(tls.upgrade(pinned.getTargetHost(), managed.getIOSession()));
  }

  /** It may be written to. */
  void shaken() {
    NHttpClientConnection secured = connection();
    if (secured != null && steps(Step.CONNECTED)) {
      secured.getContext().setAttribute(SECURED, address.getHostString());
      secured.setSocketTimeout(socketTimeout);
      secured.requestOutput();
    }
  }

  // What the reactor asks for and tells, on one thread.

  /** The next step; false if it is ended, and told of that by whoever has. */
  private synchronized boolean steps(Step next) {
    if (ended || over) {
      return false;
    }
    step = next;
    return true;
  }

  @Override
  public @Nullable HttpRequest generateRequest() throws IOException, HttpException {
    NHttpClientConnection to = open();
    Object secured = to.getContext().getAttribute(SECURED);
    if (!own.isRouteComplete(to)) {
      if (address.tls() && secured == null) {
        shakeHands(to);
        return null; // and is asked again
      }
      own.routeComplete(to, pinned, context);
    }
    if (address.tls() && !address.getHostString().equals(secured)) {
      throw new SSLException("not over mesh TLS");
    }
    if (!steps(Step.PREPARING)) {
      throw new ConnectionClosedException("Connection closed");
    }
    answering = false;
    HttpRequest request = above().generateRequest();
    HttpRequestWrapper sent =
        Heads.sent(
            request instanceof HttpRequestWrapper
                ? (HttpRequestWrapper) request
                : HttpRequestWrapper.wrap(request),
            driven.change());
    if (!steps(Step.SENDING)) {
      throw new ConnectionClosedException("Connection closed");
    }
    return sent;
  }

  private HttpAsyncClientExchangeHandler above() throws ConnectionClosedException {
    HttpAsyncClientExchangeHandler above = exchange.above();
    if (above == null) {
      throw new ConnectionClosedException("Connection closed");
    }
    return above;
  }

  @Override
  public void produceContent(ContentEncoder encoder, IOControl control) throws IOException {
    produced = true;
    above().produceContent(encoder, control);
  }

  @Override
  public void requestCompleted() {
    HttpAsyncClientExchangeHandler above = exchange.above();
    if (above != null) {
      above.requestCompleted();
    }
  }

  @Override
  public void responseReceived(HttpResponse response) throws IOException, HttpException {
    int status = response.getStatusLine().getStatusCode();
    if (mayBeAnswered(status)) {
      Heads.apply(driven.responseChange(), response);
      above().responseReceived(response);
      answering = isAnswered(status);
      if (!answering) {
        driven.answered(status);
      }
      return;
    }
    Header retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
    if (isOver() || !driven.responded(status, retryAfter == null ? null : retryAfter.getValue())) {
      drop(response);
      return;
    }
    Heads.apply(driven.responseChange(), response);
    above().responseReceived(response);
  }

  /** Its body is read, so that the connection can be kept; but not for long, whoever sends it. */
  private void drop(HttpResponse response) throws IOException {
    dropped = response;
    HttpEntity entity = response.getEntity();
    if (entity != null && entity.getContentLength() > MAX_DRAINED) {
      throw new IOException("a response that is dropped is too long to be read");
    }
    NHttpClientConnection used = open();
    socketTimeout = used.getSocketTimeout();
    used.setSocketTimeout(DRAIN_MILLIS);
  }

  @Override
  public void consumeContent(ContentDecoder decoder, IOControl control) throws IOException {
    if (dropped == null) {
      above().consumeContent(decoder, control);
      return;
    }
    int read = decoder.read(ByteBuffer.allocate(4096));
    drained += Math.max(0, read);
    if (drained > MAX_DRAINED) {
      throw new IOException("a response that is dropped is too long to be read");
    }
  }

  @Override
  public void responseCompleted() throws IOException, HttpException {
    HttpResponse unseen = dropped;
    if (answering && steps(Step.ANSWERING)) {
      above().responseCompleted();
      if (endsNow()) {
        ended(new InterruptedIOException(), ends());
      } else if (answering && connection() == null && ends()) {
        driven.answered(HttpStatus.SC_UNAUTHORIZED); // it has no answer after all
        driven.ended(null, null);
      }
      return;
    }
    if (!ends()) {
      return;
    }
    if (unseen != null) {
      NHttpClientConnection used = takeConnection();
      if (used != null) {
        used.getContext().removeAttribute(HttpAsyncRequestExecutor.HTTP_HANDLER);
        used.setSocketTimeout(socketTimeout);
        try {
          exchange.manager().release(used, unseen);
        } catch (IOException | RuntimeException e) {
          discard(used); // a strategy of the application's fails
        }
      }
      driven.ended(null, null);
    } else if (driven.ended(null, null)) {
      try {
        above().responseCompleted();
      } catch (IOException | HttpException | RuntimeException e) {
        exchange.fail(e); // nobody else would: the attempt has ended
        throw e;
      }
    }
  }

  /** Whether the attempt was to end while the library looked for an answer. */
  private synchronized boolean endsNow() {
    if (step == Step.ANSWERING) {
      step = Step.CONNECTED;
    }
    return ended && !over;
  }

  /** The peer has closed the connection before anything was sent. */
  @Override
  public void inputTerminated() {
    failed(new ConnectionClosedException("Connection closed"));
  }

  /** From the reactor, or from the pool that a connection was asked of. */
  @Override
  public void failed(Exception cause) {
    ended(cause, ends());
  }

  private void ended(Exception cause, boolean first) {
    discard(takeConnection());
    if (first) {
      Failure known = known(cause);
      Exception shown = known == Failure.CONNECTION_TIMEOUT ? timedOut(cause) : cause;
      if (driven.ended(shown, known)) {
        exchange.fail(shown);
      }
    }
  }

  /**
   * Before a request is asked for, the end of a connection is told to those who have done, by
   * {@link #close}; and while hands are shaken there is no request.
   */
  @Override
  public synchronized boolean isDone() {
    return over
        || step == Step.SHAKING_HANDS
        || step == Step.CONNECTED && connection != null && !connection.isOpen();
  }

  @Override
  public void close() {
    failed(new ConnectionClosedException("Connection closed unexpectedly"));
  }

  // Challenges.

  boolean isAnswering() {
    return answering;
  }

  /** Whether the library may have an answer to it, which it looks for while it hears of it. */
  private boolean mayBeAnswered(int status) {
    if (status != HttpStatus.SC_UNAUTHORIZED
            && status != HttpStatus.SC_PROXY_AUTHENTICATION_REQUIRED
        || !driven.open()
        || !context.getRequestConfig().isAuthenticationEnabled()) {
      return false;
    }
    CredentialsProvider credentials = context.getCredentialsProvider();
    HttpHost target = context.getTargetHost();
    return credentials != null
        && target != null
        && credentials.getCredentials(new AuthScope(target)) != null;
  }

  private boolean isAnswered(int status) {
    AuthState state =
        status == HttpStatus.SC_UNAUTHORIZED
            ? context.getTargetAuthState()
            : context.getProxyAuthState();
    return state != null
        && (state.getState() == AuthProtocolState.CHALLENGED
            || state.getState() == AuthProtocolState.HANDSHAKE);
  }

  // Its end.

  boolean hasProduced() {
    return produced;
  }

  synchronized boolean isOver() {
    return over;
  }

  /** True for whoever comes first. */
  private synchronized boolean ends() {
    boolean first = !over;
    over = true;
    return first;
  }

  private synchronized Step step() {
    return step;
  }

  private @Nullable Failure known(Exception error) {
    if (!(error instanceof IOException || error instanceof HttpException)) {
      return Failure.OTHER; // the application's own, or its limit for the pool
    }
    Step step = step();
    boolean late = error instanceof SocketTimeoutException;
    if (step == Step.PREPARING) {
      return Failure.OTHER;
    }
    if (step == Step.SENDING) {
      return late
          ? Failure.READ_TIMEOUT
          : error instanceof ConnectionClosedException || error instanceof HttpException
              ? Failure.CONNECTION_TERMINATED
              : null;
    }
    if (late || isConnectTimeout(error)) {
      return Failure.CONNECTION_TIMEOUT;
    }
    if (error instanceof SSLException) {
      return Failure.TLS_ERROR;
    }
    if (step != Step.LEASING) {
      return Failure.UNSENT;
    }
    return error instanceof InterruptedIOException ? Failure.OTHER : Failure.CONNECTION_REFUSED;
  }

  /** The library has no class for it; before 4.4.10 of its core, it says nothing of it either. */
  private static boolean isConnectTimeout(Exception error) {
    String message = error.getMessage();
    return error instanceof ConnectException
        && (message == null || message.startsWith("Timeout connecting"));
  }

  private Exception timedOut(Exception cause) {
    String target = exchange.asked().route.getTargetHost().toString();
    IOException late = new ConnectException("Connect to " + target + " failed: Connect timed out");
    late.initCause(cause);
    return late;
  }

  /** Nobody but the library's exchange is cancelled. */
  @Override
  public boolean cancel() {
    return false;
  }

  /** As its driver ends it. */
  @Override
  public void run() {
    NHttpClientConnection used;
    boolean inUse;
    synchronized (this) {
      if (ended || over) {
        return;
      }
      ended = true;
      used = connection;
      inUse = step == Step.PREPARING || step == Step.SENDING || step == Step.ANSWERING;
    }
    if (!inUse) {
      ended(new InterruptedIOException(), ends());
    } else if (used != null) {
      shutDown(used); // which the reactor tells when it is done with what it does
    }
  }
}

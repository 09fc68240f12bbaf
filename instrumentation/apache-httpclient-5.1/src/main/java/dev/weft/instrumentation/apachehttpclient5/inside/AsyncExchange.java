package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Async;
import dev.weft.bridge.Bridge;
import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.concurrent.ComplexCancellable;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.impl.BasicEntityDetails;
import org.apache.hc.core5.http.message.BasicHttpResponse;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http.support.BasicRequestBuilder;
import org.jspecify.annotations.Nullable;

/**
 * One call: asks the mesh, which sends each attempt down the chain. What is above the mesh is told
 * once what came of it.
 */
final class AsyncExchange implements Carrier, Cancellable, Consumer<@Nullable Async> {
  private static final Runnable NOTHING =
      new Runnable() {
        @Override
        public void run() {}
      };

  private final HttpRequest request;
  private final @Nullable AsyncEntityProducer entity;
  private final AsyncExecChain.Scope scope;
  private final AsyncExecChain chain;
  private final AsyncExecCallback above;
  private final AsyncOwnRetries.@Nullable Outcome retried;

  private volatile @Nullable Async call;
  private volatile boolean cancelled;
  private boolean told;
  private @Nullable AsyncAttempt last;

  /** Its way without the mesh, where that has not been said at once. */
  private volatile @Nullable Cancellable alone;

  /** The thread that begins, while it does. */
  private volatile @Nullable Thread beginning;

  /** What the chain has thrown at it, which is not told besides. */
  private @Nullable Throwable thrown;

  AsyncExchange(
      HttpRequest request,
      @Nullable AsyncEntityProducer entity,
      AsyncExecChain.Scope scope,
      AsyncExecChain chain,
      AsyncExecCallback above,
      AsyncOwnRetries.@Nullable Outcome retried) {
    this.request = request;
    this.entity = entity;
    this.scope = scope;
    this.chain = chain;
    this.above = above;
    this.retried = retried;
  }

  /** Throws what the library would on this thread. */
  void begin() throws HttpException, IOException {
    scope.cancellableDependency.setDependency(this);
    beginning = Thread.currentThread();
    Bridge.mesh()
        .outbound()
        .find(RequestView.async(request, entity, scope.route), executor(), this);
    beginning = null;
    Throwable error = thrown;
    if (error instanceof HttpException) {
      throw (HttpException) error;
    }
    if (error instanceof IOException) {
      throw (IOException) error;
    }
    if (error instanceof RuntimeException) {
      throw (RuntimeException) error;
    }
    if (error instanceof Error) {
      throw (Error) error;
    }
  }

  /** What the mesh says: at once, or later on another thread. */
  @Override
  public void accept(@Nullable Async led) {
    try {
      if (led != null) {
        lead(led);
      } else if (beginning == Thread.currentThread()) {
        goOn(scope.cancellableDependency);
      } else {
        ComplexCancellable own = new ComplexCancellable();
        alone = own;
        if (cancelled) {
          tell(new InterruptedIOException());
        } else {
          goOn(own);
        }
      }
    } catch (HttpException | IOException | RuntimeException | Error e) {
      if (beginning == Thread.currentThread()) {
        thrown = e;
      } else {
        tell(e);
      }
    }
  }

  private void lead(Async led) {
    call = led;
    if (cancelled) {
      led.cancel();
      return;
    }
    if (retried != null) {
      retried.led();
    }
    led.start(this);
    led.copies();
  }

  /** Without the mesh. */
  private void goOn(CancellableDependency dependency) throws HttpException, IOException {
    chain.proceed(
        request,
        entity,
        dependency == scope.cancellableDependency
            ? scope
            : new AsyncExecChain.Scope(
                scope.exchangeId,
                scope.route,
                scope.originalRequest,
                dependency,
                scope.clientContext,
                scope.execRuntime,
                scope.scheduler,
                scope.execCount),
        above);
  }

  // What the driver asks for.

  @Override
  public Runnable send(Driven attempt) throws Throwable {
    MeshAddress address = attempt.address();
    if (address == null || scope.route.isSecure()) {
      attempt.abandoned(); // the TLS inside is the application's own
      chain.proceed(request, entity, scope, above);
      return NOTHING;
    }
    if (last != null) {
      last.leavesEntity();
      if (entity != null) {
        entity.releaseResources(); // which makes it start over
      }
    }
    HttpRoute route = scope.route;
    if (route.getProxyHost() != null) {
      route = new HttpRoute(route.getTargetHost(), route.getLocalAddress(), false);
    }
    AsyncAttempt sent = new AsyncAttempt(this, attempt, address, request, scope);
    last = sent;
    try {
      // The library writes into what it sends.
      chain.proceed(
          BasicRequestBuilder.copy(request).build(),
          entity,
          new AsyncExecChain.Scope(
              scope.exchangeId,
              route,
              scope.originalRequest,
              sent,
              scope.clientContext,
              sent.runtime(),
              scope.scheduler,
              scope.execCount),
          sent);
    } catch (RuntimeException | Error e) {
      if (beginning == Thread.currentThread()) {
        thrown = e;
      }
      throw e;
    }
    return sent;
  }

  @Override
  public void answer(Refusal refusal) {
    HttpResponse response = new BasicHttpResponse(refusal.status());
    Heads.fill(refusal, response);
    HttpClientContext context = scope.clientContext;
    context.setAttribute(HttpClientContext.HTTP_ROUTE, scope.route);
    context.setAttribute(HttpCoreContext.HTTP_REQUEST, request);
    context.setAttribute(HttpCoreContext.HTTP_RESPONSE, response);
    byte[] body = refusal.body();
    EntityDetails details =
        Heads.hasBody(request.getMethod())
            ? new BasicEntityDetails(body.length, Heads.contentType(response))
            : null;
    try {
      AsyncDataConsumer consumer = above.handleResponse(response, details);
      if (consumer != null && details != null) {
        consumer.updateCapacity(Discard.ANY_AMOUNT);
        consumer.consume(ByteBuffer.wrap(body));
        consumer.streamEnd(null);
      }
    } catch (HttpException | IOException | RuntimeException e) {
      fail(e);
      return;
    }
    tell(null);
  }

  @Override
  public void fail(Throwable error) {
    if (error != thrown) {
      tell(error);
    }
  }

  @Override
  public void tooLate() {
    fail(new SocketTimeoutException("request timed out"));
  }

  @Override
  public boolean wanted() {
    return !cancelled && !scope.cancellableDependency.isCancelled();
  }

  /** The library has none. */
  @Override
  public long callNanos() {
    return 0;
  }

  @Override
  public Executor executor() {
    return Bridge.mesh().aside();
  }

  /** A body is produced for one exchange at a time. */
  @Override
  public @Nullable Carrier copy() {
    return null;
  }

  // What becomes of it.

  AsyncExecCallback above() {
    return above;
  }

  /**
   * @param error null if a response has been delivered whole
   */
  void tell(@Nullable Throwable error) {
    synchronized (this) {
      if (told) {
        return;
      }
      told = true;
    }
    if (error == null) {
      above.completed();
    } else {
      above.failed(error instanceof Exception ? (Exception) error : new ExecutionException(error));
    }
  }

  /** The application has lost interest. */
  @Override
  public boolean cancel() {
    cancelled = true;
    Async led = call;
    if (led != null) {
      led.cancel();
    }
    Cancellable without = alone;
    if (without != null) {
      return without.cancel(); // and the chain tells it
    }
    tell(new InterruptedIOException()); // as the library puts it; nothing was under way
    return true;
  }
}

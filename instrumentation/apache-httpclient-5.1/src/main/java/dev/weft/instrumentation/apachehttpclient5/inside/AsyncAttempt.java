package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Driven;
import dev.weft.bridge.Failure;
import dev.weft.bridge.MeshAddress;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.async.AsyncExecCallback;
import org.apache.hc.client5.http.async.AsyncExecChain;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.nio.AsyncDataConsumer;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.H2StreamResetException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt on its way down the chain: hears what the chain comes to, and is what it can be ended
 * by. First there is a place in the queue for a connection to be given up, then the connection.
 */
final class AsyncAttempt implements AsyncExecCallback, CancellableDependency, Runnable {
  private final AsyncExchange exchange;
  private final Driven driven;
  private final AsyncRuntime runtime;
  private final String target;
  private @Nullable Cancellable current;
  private boolean ended;
  private boolean over;

  AsyncAttempt(
      AsyncExchange exchange,
      Driven driven,
      MeshAddress address,
      HttpRequest request,
      AsyncExecChain.Scope scope) {
    this.exchange = exchange;
    this.driven = driven;
    this.target = scope.route.getTargetHost().toString();
    this.runtime = new AsyncRuntime(scope, driven, address, request);
  }

  AsyncRuntime runtime() {
    return runtime;
  }

  /** Another attempt is to have the request's body. */
  void leavesEntity() {
    runtime.leavesEntity();
  }

  // From below.

  @Override
  public @Nullable AsyncDataConsumer handleResponse(
      HttpResponse response, @Nullable EntityDetails details) throws HttpException, IOException {
    Header retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
    if (isOver()
        || !driven.responded(
            response.getCode(), retryAfter == null ? null : retryAfter.getValue())) {
      return details == null ? null : new Discard();
    }
    Heads.apply(driven.responseChange(), response);
    return exchange.above().handleResponse(response, details);
  }

  @Override
  public void handleInformationResponse(HttpResponse response) throws HttpException, IOException {
    if (!isOver()) {
      exchange.above().handleInformationResponse(response);
    }
  }

  @Override
  public void completed() {
    if (!ends()) {
      runtime.giveUp();
      return;
    }
    // Whoever follows, a redirect for one, gets a connection of its own.
    runtime.releaseEndpoint();
    if (driven.ended(null, null)) {
      exchange.tell(null);
    }
  }

  @Override
  public void failed(Exception cause) {
    boolean first = ends();
    runtime.giveUp();
    if (first) {
      Failure known = known(cause);
      Exception shown = known == Failure.CONNECTION_TIMEOUT ? timedOut(cause) : cause;
      if (driven.ended(shown, known)) {
        exchange.tell(shown);
      }
    }
  }

  private synchronized boolean isOver() {
    return over;
  }

  /** True for whoever comes first. */
  private synchronized boolean ends() {
    boolean first = !over;
    over = true;
    return first;
  }

  private @Nullable Failure known(Exception error) {
    if (error instanceof RequestNotExecutedException
        || error instanceof H2StreamResetException
            && ((H2StreamResetException) error).getCode() == H2Error.REFUSED_STREAM.getCode()) {
      return Failure.UNSENT;
    }
    AsyncRuntime.Step step = runtime.step();
    boolean timeout = error instanceof SocketTimeoutException;
    if (step == AsyncRuntime.Step.BEFORE) {
      // No connection of the pool was free in time, or an interceptor of the application's fails.
      return Failure.OTHER;
    }
    if (step == AsyncRuntime.Step.CONNECTED) {
      return Failure.UNSENT;
    }
    if (step == AsyncRuntime.Step.SENDING) {
      return timeout
          ? Failure.READ_TIMEOUT
          : error instanceof ConnectionClosedException || error instanceof HttpException
              ? Failure.CONNECTION_TERMINATED
              : null;
    }
    if (timeout) {
      return Failure.CONNECTION_TIMEOUT;
    }
    if (error instanceof SSLException) {
      return Failure.TLS_ERROR;
    }
    if (step == AsyncRuntime.Step.SHAKING_HANDS) {
      return Failure.UNSENT;
    }
    return error instanceof IOException && !(error instanceof InterruptedIOException)
        ? Failure.CONNECTION_REFUSED
        : Failure.OTHER;
  }

  /** The library says so in as many words where it blocks. */
  private Exception timedOut(Exception cause) {
    IOException late =
        new ConnectTimeoutException("Connect to " + target + " failed: Connect timed out");
    late.initCause(cause);
    return late;
  }

  // From above, and from the side.

  @Override
  public void setDependency(Cancellable next) {
    boolean late;
    synchronized (this) {
      current = next;
      late = ended;
    }
    if (late) {
      next.cancel();
    }
  }

  @Override
  public synchronized boolean isCancelled() {
    return ended;
  }

  @Override
  public boolean cancel() {
    Cancellable end;
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
      end = current;
    }
    if (end != null) {
      end.cancel();
    }
    failed(new InterruptedIOException()); // if that has not told it
    return true;
  }

  /** As its driver ends it. */
  @Override
  public void run() {
    cancel();
  }
}

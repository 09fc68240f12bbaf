package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Call;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Drives one call of the application: begins attempts, sends each through the client's own private
 * method with the application's own request object, and does what the mesh says about its outcome.
 * A redirect that the client would follow ends here too, and becomes a call of its own.
 *
 * <p>One step follows another, on whatever thread the step before ended; only cancellation comes
 * from the side.
 */
final class Driver<T> {
  /** A copy that is not answered by then is given up. */
  private static final long MIRROR_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** The client takes no timeout of nothing. */
  private static final Duration LEAST = Duration.ofMillis(1);

  private final Object client;

  /** A client that nobody holds any more stops, unless a request is under way; and one may wait. */
  @SuppressWarnings("unused")
  private final @Nullable Object alive;

  private final HttpResponse.BodyHandler<T> handler;
  private final HttpResponse.@Nullable PushPromiseHandler<T> push;
  private final @Nullable Executor executor;
  private final DrivenFuture<HttpResponse<T>> future = new DrivenFuture<>(this);

  private HttpRequest request;
  private @Nullable Call call;
  private long begun;
  private int sent;
  private int sentOfLeg;
  private @Nullable HttpResponse<T> previous;
  private int redirects;
  private volatile @Nullable Sending<T> sending;
  private volatile @Nullable Runnable waiting;
  private volatile boolean cancelled;

  /** Whether a retry has been asked for and not begun. */
  private boolean wanted;

  /** Whether this is a copy, whose answer nobody waits for. */
  private boolean aside;

  Driver(
      Object client,
      HttpRequest request,
      HttpResponse.BodyHandler<T> handler,
      HttpResponse.@Nullable PushPromiseHandler<T> push,
      @Nullable Executor executor,
      Call call) {
    this.client = client;
    this.alive = Inside.facade(client);
    this.request = request;
    this.handler = handler;
    this.push = push;
    this.executor = executor;
    this.call = call;
  }

  DrivenFuture<HttpResponse<T>> future() {
    return future;
  }

  HttpResponse.BodyHandler<T> handler() {
    return handler;
  }

  HttpRequest request() {
    return request;
  }

  /** The response that redirected here; null if none did. */
  @Nullable HttpResponse<T> previous() {
    return previous;
  }

  /** How many redirects have been followed. */
  int redirects() {
    return redirects;
  }

  boolean over() {
    return cancelled || future.isDone();
  }

  /**
   * Begins the first attempt, on the caller's thread.
   *
   * @throws RuntimeException of the mesh; nothing has been sent then
   */
  void start(Call begunCall) {
    begun = System.nanoTime();
    begin(Sending.begin(this, begunCall.attempt()));
    mirrors(begunCall);
  }

  /** The copies that the mesh wants sent besides. */
  private void mirrors(Call of) {
    try {
      for (Attempt copy; (copy = of.mirror()) != null; ) {
        if (RequestView.replayable(request)) {
          mirror(copy);
        } else {
          copy.abandoned();
        }
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  private void mirror(Attempt copy) {
    Call only =
        new Call() {
          @Override
          public Attempt attempt() {
            return copy;
          }

          @Override
          public @Nullable Attempt mirror() {
            return null;
          }
        };
    Driver<Object> aside =
        new Driver<>(
            client, request, info -> new Discard<>(), null, future.defaultExecutor(), only);
    aside.aside = true;
    Runnable giveUp = Bridge.mesh().outbound().schedule(aside::cancel, MIRROR_NANOS);
    aside.future.whenComplete((response, error) -> giveUp.run());
    aside.start(only);
  }

  private void again(@Nullable Throwable lastError) {
    if (over() || !ready()) {
      giveUp();
      return;
    }
    Call current = call;
    Sending<T> next;
    try {
      if (current == null) {
        throw new IllegalStateException("a retry of a call that is not the mesh's");
      }
      next = Sending.begin(this, current.attempt());
    } catch (Throwable t) {
      Bridge.fault(t);
      fail(lastError != null ? lastError : new IOException("the request could not be sent again"));
      return;
    }
    begin(next);
  }

  /** Now, or after the delay that the mesh wants; known to {@link #cancel} from here on. */
  private void begin(Sending<T> next) {
    sending = next;
    if (next.delayNanos() > 0) {
      later(() -> proceed(next), next.delayNanos());
      if (over()) {
        next.abandoned();
      }
    } else {
      proceed(next);
    }
  }

  private void proceed(Sending<T> next) {
    if (over()) {
      next.abandoned();
      return;
    }
    if (next.refusal() != null) {
      next.abandoned();
      answer(next.refusal());
      return;
    }
    // The first attempt runs where the client would run it. Those after it begin on a thread of the
    // client's, or of a timer, on which the application's code must not run.
    Executor on = executor == null && sent > 0 ? future.defaultExecutor() : executor;
    sent++;
    sentOfLeg++;
    CompletableFuture<HttpResponse<T>> response;
    Sending<?> outer = Sending.enter(next);
    try {
      response = Inside.send(client, request, next, push, on);
    } catch (Throwable t) {
      next.abandoned();
      future.thrown(t);
      fail(t);
      return;
    } finally {
      Sending.leave(outer);
    }
    next.sent(response);
    if (cancelled) {
      response.cancel(true);
    }
  }

  /** What a further attempt has left of the application's timeout; null if it set none. */
  @Nullable Duration timeoutOfRetry() {
    Duration left = sentOfLeg == 0 ? null : timeoutLeft();
    return left == null || left.compareTo(LEAST) > 0 ? left : LEAST;
  }

  private @Nullable Duration timeoutLeft() {
    Duration timeout = request.timeout().orElse(null);
    return timeout == null ? null : timeout.minusNanos(System.nanoTime() - begun);
  }

  /**
   * Does what the mesh says about an outcome, after the attempt's exchange has ended.
   *
   * @param error what to deliver if the verdict is to deliver
   */
  void act(Verdict verdict, @Nullable Throwable error) {
    Refusal refusal = verdict.answer();
    if (refusal != null) {
      answer(refusal);
      return;
    }
    if (!verdict.retry()) {
      fail(error != null ? error : new HttpTimeoutException("request timed out"));
      return;
    }
    synchronized (this) {
      wanted = true;
    }
    if (over()) {
      giveUp();
      return;
    }
    Duration left = timeoutLeft();
    if (left != null && left.compareTo(Duration.ofNanos(verdict.delayNanos())) <= 0) {
      if (left.isNegative() || left.isZero()) {
        tooLate();
      } else {
        later(this::tooLate, left.toNanos());
      }
    } else if (verdict.delayNanos() > 0) {
      later(() -> again(error), verdict.delayNanos());
    } else {
      again(error);
    }
  }

  private void tooLate() {
    giveUp();
    fail(new HttpTimeoutException("request timed out"));
  }

  /** The retry that a verdict has asked for is begun now; false if it has been given up. */
  private synchronized boolean ready() {
    boolean ready = wanted;
    wanted = false;
    return ready;
  }

  /** Tells the mesh that the retry it has asked for will not come, if there is one. */
  private void giveUp() {
    Sending<T> last = sending;
    if (ready() && last != null) {
      last.givenUp();
    }
  }

  /** Runs the next step after a while, on no thread of the mesh. */
  private void later(Runnable step, long nanos) {
    Runnable hop = () -> future.defaultExecutor().execute(step);
    try {
      waiting = Bridge.mesh().outbound().schedule(hop, nanos);
    } catch (Throwable t) {
      Bridge.fault(t);
      hop.run();
    }
  }

  /** The client would follow a redirect: a call of its own, to wherever it leads. */
  void follow(HttpResponse<T> from, HttpRequest to, int count) {
    if (over()) {
      return;
    }
    if (aside) {
      deliver(from);
      return;
    }
    previous = from;
    redirects = count;
    request = to;
    begun = System.nanoTime();
    sentOfLeg = 0;
    call = null;
    try {
      call = Bridge.mesh().outbound().call(new RequestView(to, client));
    } catch (Throwable t) {
      Bridge.fault(t);
    }
    Call begunCall = call;
    if (begunCall == null) {
      begin(Sending.unrouted(this));
      return;
    }
    Sending<T> next;
    try {
      next = Sending.begin(this, begunCall.attempt());
    } catch (Throwable t) {
      Bridge.fault(t);
      begin(Sending.unrouted(this));
      return;
    }
    begin(next);
    mirrors(begunCall);
  }

  /** The call goes on under another one, which the client has begun for the same request. */
  void continuedBy(Call other) {
    call = other;
  }

  void deliver(HttpResponse<T> response) {
    future.complete(response);
  }

  void fail(Throwable error) {
    future.completeExceptionally(error);
  }

  private void answer(Refusal refusal) {
    try {
      new RefusedResponse<>(request, handler, refusal, previous)
          .future()
          .whenComplete(
              (response, error) -> {
                if (error == null) {
                  deliver(response);
                } else {
                  fail(Sending.cause(error));
                }
              });
    } catch (Throwable t) {
      // The application's own handler has thrown.
      fail(t);
    }
  }

  /** The application has lost interest. */
  void cancel() {
    cancelled = true;
    Runnable wait = waiting;
    if (wait != null) {
      wait.run();
    }
    giveUp();
    Sending<T> current = sending;
    if (current != null) {
      current.cancel();
    }
  }
}

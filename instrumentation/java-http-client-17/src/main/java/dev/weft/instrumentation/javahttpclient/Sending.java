package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Call;
import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request object on its way through the client: sees the headers of the final response, before
 * the application's handler does, and the end. Whichever of these, the timer and cancellation comes
 * first decides the outcome.
 */
final class Sending<T>
    implements HttpResponse.BodyHandler<T>, BiConsumer<HttpResponse<T>, Throwable> {
  /** What this thread is about to hand to the client. */
  private static final ThreadLocal<Sending<?>> CURRENT = new ThreadLocal<>();

  private final Driver<T> driver;

  /** Null on a leg that the mesh has nothing to do with. */
  private volatile @Nullable Attempt attempt;

  private final @Nullable Refusal refusal;
  private final @Nullable CallAddress address;
  private final long delayNanos;
  private final @Nullable Duration timeout;
  private volatile @Nullable Runnable timer;
  private volatile @Nullable CompletableFuture<HttpResponse<T>> response;
  private boolean entered;
  private boolean decided;
  private boolean ended;

  /** What is to be done after the exchange has ended; null to deliver what it brings. */
  private volatile @Nullable Verdict verdict;

  private volatile @Nullable HeadChange responseChange;
  private volatile @Nullable HttpRequest next;
  private volatile int redirects;
  private volatile boolean unsent;

  private Sending(Driver<T> driver, @Nullable Attempt attempt) {
    this.driver = driver;
    this.attempt = attempt;
    this.timeout = driver.timeoutOfRetry();
    this.refusal = attempt == null ? null : attempt.refusal();
    this.delayNanos = attempt == null ? 0 : attempt.delayNanos();
    this.address =
        attempt == null || refusal != null
            ? null
            : new CallAddress(this, attempt, attempt.address());
  }

  /** Reads what an attempt says; one that cannot be read is abandoned. */
  static <T> Sending<T> begin(Driver<T> driver, Attempt attempt) {
    try {
      return new Sending<>(driver, attempt);
    } catch (Throwable t) {
      abandon(attempt);
      throw t;
    }
  }

  /** Goes wherever the client takes it. */
  static <T> Sending<T> unrouted(Driver<T> driver) {
    return new Sending<>(driver, null);
  }

  // The calling thread, while the client makes its objects.

  /**
   * @return to be handed to {@link #leave}
   */
  static @Nullable Sending<?> enter(Sending<?> sending) {
    Sending<?> outer = CURRENT.get();
    CURRENT.set(sending);
    return outer;
  }

  static void leave(@Nullable Sending<?> outer) {
    if (outer == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(outer);
    }
  }

  /** What this thread is sending, if it is this very request object; null otherwise. */
  static @Nullable Sending<?> current(HttpRequest request) {
    Sending<?> sending = CURRENT.get();
    return sending != null && sending.request() == request ? sending : null;
  }

  /** True once: it is this that the client has been called for. */
  boolean enters() {
    boolean enters = !entered;
    entered = true;
    return enters;
  }

  HttpRequest request() {
    return driver.request();
  }

  // What the client's objects are made of.

  @Nullable Refusal refusal() {
    return refusal;
  }

  long delayNanos() {
    return delayNanos;
  }

  @Nullable CallAddress address() {
    return address;
  }

  /** What is left of the application's own timeout; null if it set none. */
  @Nullable Duration timeout() {
    return timeout;
  }

  @Nullable HttpResponse<T> previous() {
    return driver.previous();
  }

  int redirectsBefore() {
    return driver.redirects();
  }

  // The way of the exchange.

  void sent(CompletableFuture<HttpResponse<T>> future) {
    response = future;
    startTimer(attempt);
    future.whenComplete(this);
  }

  private void startTimer(@Nullable Attempt timed) {
    if (timed == null) {
      return;
    }
    try {
      long nanos = timed.timeoutNanos();
      if (nanos > 0) {
        timer = Bridge.mesh().outbound().schedule(() -> timeOut(timed), nanos);
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  private void stopTimer() {
    Runnable cancel = timer;
    if (cancel != null) {
      timer = null;
      cancel.run();
    }
  }

  private synchronized boolean decide() {
    boolean decides = !decided;
    decided = true;
    return decides;
  }

  @Override
  public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo info) {
    Attempt answered = attempt;
    if (answered == null) {
      return driver.handler().apply(info);
    }
    stopTimer();
    if (!decide()) {
      return new Discard<>();
    }
    if (verdict != null) {
      // What the challenge was answered with is refused: the challenge is this attempt's outcome.
      respond(answered, info.statusCode());
      return new Discard<>();
    }
    Verdict said = Verdict.DELIVER;
    HeadChange change = null;
    try {
      said =
          answered.responded(
              info.statusCode(), info.headers().firstValue("Retry-After").orElse(null));
      if (next == null && !said.retry() && said.answer() == null) {
        change = answered.responseChange();
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
    if (next != null) {
      return new Discard<>();
    }
    if (said.retry() || said.answer() != null) {
      if (!heard(said) && said.retry()) {
        abandon(answered);
      }
      return new Discard<>();
    }
    if (change == null) {
      return driver.handler().apply(info);
    }
    responseChange = change;
    return driver
        .handler()
        .apply(
            new RefusedResponse.Info(
                info.statusCode(), Head.changed(info.headers(), change), info.version()));
  }

  /** What of the response's head the application is to see otherwise; null for nothing. */
  @Nullable HeadChange responseChange() {
    return responseChange;
  }

  @Override
  public void accept(@Nullable HttpResponse<T> got, @Nullable Throwable error) {
    stopTimer();
    HttpRequest redirected = next;
    Verdict said = ended();
    if (said != null) {
      driver.act(said, null);
    } else if (error == null && got != null) {
      if (redirected != null) {
        driver.follow(got, redirected, redirects);
      } else {
        driver.deliver(got);
      }
    } else if (error != null) {
      failed(cause(error));
    }
  }

  /**
   * The mesh has said what is to be done when the exchange has ended.
   *
   * @return false if it has ended meanwhile, because the application has lost interest: then nobody
   *     will do it any more
   */
  private synchronized boolean heard(Verdict said) {
    verdict = said;
    return !ended;
  }

  /** The exchange has ended. Waits for the timer, if that is about to decide. */
  private synchronized @Nullable Verdict ended() {
    ended = true;
    return verdict;
  }

  private void failed(Throwable error) {
    Attempt broken = attempt;
    if (broken == null || !decide()) {
      driver.fail(error);
      return;
    }
    if (error instanceof CancellationException) {
      abandon(broken);
      driver.fail(error);
      return;
    }
    Verdict said = Verdict.DELIVER;
    try {
      said = broken.failed(error, unsent);
    } catch (Throwable t) {
      Bridge.fault(t);
    }
    driver.act(said, error);
  }

  private void timeOut(Attempt late) {
    CompletableFuture<HttpResponse<T>> pending = response;
    synchronized (this) {
      if (late != attempt || pending == null || !decide()) {
        return;
      }
      Verdict said = Verdict.DELIVER;
      try {
        said = late.timedOut();
      } catch (Throwable t) {
        Bridge.fault(t);
      }
      verdict = said;
    }
    // Off this thread: what follows may be the application's code.
    driver.future().defaultExecutor().execute(() -> pending.cancel(true));
  }

  /** The application has lost interest. */
  void cancel() {
    stopTimer();
    abandoned();
    CompletableFuture<HttpResponse<T>> pending = response;
    if (pending != null) {
      pending.cancel(true);
    }
  }

  /** Whatever becomes of the attempt, nobody waits for it. */
  synchronized void abandoned() {
    Attempt unwanted = attempt;
    if (unwanted != null && decide()) {
      abandon(unwanted);
    }
  }

  /** The attempt that was to follow this one will not come. */
  void givenUp() {
    Attempt last = attempt;
    if (last != null) {
      abandon(last);
    }
  }

  static void abandon(Attempt attempt) {
    try {
      attempt.abandoned();
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }

  /** What the client's own error is, out of what carries it; never a class that is not public. */
  static Throwable cause(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause.getClass().getName().endsWith(".ConnectionExpiredException"))) {
      cause = cause.getCause();
    }
    return cause;
  }

  // What the client would do next by itself.

  /** The peer has said that it has not taken the request. */
  void unsent() {
    unsent = true;
  }

  /**
   * The client would send another request in the place of this response.
   *
   * @return what it is to do: that, or nothing, which makes the response the final one
   */
  synchronized @Nullable Object following(HttpRequest answered, Object other, int count) {
    HttpRequest follow = (HttpRequest) other;
    // A redirect has a URI of its own; an answer to a challenge has that of the request.
    if (follow.uri() != answered.uri()) {
      next = follow;
      redirects = count;
      return null;
    }
    // Without an address of ours it would go wherever the name leads.
    return verdict != null || (decided && CallAddress.of(follow) == null) ? null : follow;
  }

  /**
   * The client answers a challenge with a copy of the request: the attempt before is over, and the
   * copy is routed anew.
   *
   * @param copied what is to be sent, but for credentials
   * @return null if the mesh has nothing to do with it, or wants nothing sent
   */
  @Nullable CallAddress authenticated(HttpRequest copied) {
    if (verdict != null) {
      // Refused already, as the copy was begun: one constructor of it calls another.
      return null;
    }
    Call call = Bridge.mesh().outbound().call(new RequestView(copied, null));
    Attempt begun = call == null ? null : call.attempt();
    if (call == null || begun == null) {
      return null;
    }
    try {
      Refusal refused = begun.refusal();
      if (refused != null) {
        verdict = Verdict.answer(refused);
        begun.abandoned();
        return null;
      }
      CallAddress to = new CallAddress(this, begun, begun.address());
      synchronized (this) {
        if (decided || ended) {
          // Time is over, or the application has lost interest, while this was being asked for.
          begun.abandoned();
          return null;
        }
        stopTimer();
        attempt = begun;
      }
      driver.continuedBy(call);
      startTimer(begun);
      return to;
    } catch (Throwable t) {
      abandon(begun);
      throw t;
    }
  }

  /** A response has been made for a request that this carried; not the final one, perhaps. */
  void responded(Attempt by, int status) {
    if (by != attempt) {
      respond(by, status);
    }
  }

  /** Tells of a response after which nothing is tried again, whatever the mesh says of it. */
  private static void respond(Attempt by, int status) {
    try {
      if (by.responded(status, null).retry()) {
        by.abandoned();
      }
    } catch (Throwable t) {
      Bridge.fault(t);
    }
  }
}

package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.Driven;
import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request object on its way through the client: sees the headers of the final response, before
 * the application's handler does, and the end.
 */
final class Sending<T>
    implements HttpResponse.BodyHandler<T>, BiConsumer<HttpResponse<T>, Throwable> {
  /** What this thread is about to hand to the client. */
  private static final ThreadLocal<@Nullable Sending<?>> CURRENT = new ThreadLocal<>();

  private final Sender<T> sender;
  private final @Nullable CallAddress address;

  /** Null on a leg that the mesh has nothing to do with. */
  private volatile @Nullable Driven attempt;

  private boolean entered;
  private volatile @Nullable HeadChange responseChange;
  private volatile @Nullable HttpRequest next;
  private volatile int redirects;
  private volatile boolean unsent;

  /**
   * @param attempt null to go wherever the client takes it
   */
  Sending(Sender<T> sender, @Nullable Driven attempt) {
    this.sender = sender;
    this.attempt = attempt;
    this.address = attempt == null ? null : CallAddress.to(this, attempt);
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
    CURRENT.set(outer); // null, mostly; removed, the next call would begin with a new entry
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
    return sender.request();
  }

  // What the client's objects are made of.

  @Nullable CallAddress address() {
    return address;
  }

  /** What is left of the application's own timeout; null if it set none. */
  @Nullable Duration timeout() {
    Driven driven = attempt;
    long nanos = driven == null ? 0 : driven.callNanos();
    return nanos == 0 ? null : CallAddress.least(nanos);
  }

  @Nullable HttpResponse<T> previous() {
    return sender.previous();
  }

  int redirectsBefore() {
    return sender.redirects();
  }

  // The way of the exchange.

  @Override
  public HttpResponse.BodySubscriber<T> apply(HttpResponse.ResponseInfo info) {
    Driven answered = attempt;
    if (answered == null) {
      return sender.handler().apply(info);
    }
    if (next != null) {
      answered.answered(info.statusCode());
      return new Discard<>();
    }
    if (!answered.responded(
        info.statusCode(), info.headers().firstValue("Retry-After").orElse(null))) {
      return new Discard<>();
    }
    HeadChange change = answered.responseChange();
    if (change == null) {
      return sender.handler().apply(info);
    }
    responseChange = change;
    return sender
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
    Driven over = attempt;
    Throwable cause = error == null ? null : cause(error);
    if (over != null && !over.ended(cause, unsent ? Failure.UNSENT : null)) {
      return;
    }
    HttpRequest redirected = next;
    if (cause != null) {
      sender.fail(cause);
    } else if (got != null && redirected != null) {
      sender.follow(got, redirected, redirects);
    } else if (got != null) {
      sender.deliver(got);
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
  @Nullable Object following(HttpRequest answered, Object other, int count) {
    HttpRequest follow = (HttpRequest) other;
    // A redirect has a URI of its own; an answer to a challenge has that of the request.
    if (follow.uri() != answered.uri()) {
      next = follow;
      redirects = count;
      return null;
    }
    // Once the call is decided, it would go wherever the name leads; and so would that of a copy.
    Driven current = attempt;
    return current == null || current.open() && !sender.aside() ? follow : null;
  }

  /**
   * The client answers a challenge with a copy of the request: the attempt before is over, and the
   * copy is routed anew.
   *
   * @param copied what is to be sent, but for credentials
   * @return null if the mesh has nothing to do with it, or wants nothing sent
   */
  @Nullable CallAddress authenticated(HttpRequest copied) {
    Driven begun = sender.continued(copied);
    if (begun == null) {
      return null;
    }
    attempt = begun;
    return CallAddress.to(this, begun);
  }

  /** A response has been made for a request that this carried; not the final one, perhaps. */
  void responded(Driven by, int status) {
    if (by != attempt) {
      by.answered(status);
    }
  }
}

package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Driven;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.Refusal;
import java.lang.invoke.MethodHandles;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What the advice calls. The client's own objects are passed as {@code Object}. */
public final class Calls {
  private static final String REFUSED_STREAM = "Received RST_STREAM: Stream not processed";

  private Calls() {}

  /**
   * A request is handed to the client, by the application or by a {@link Sender}.
   *
   * @return null to let the client go on: it is an attempt of a call that is being driven, or no
   *     business of the mesh
   */
  @SuppressWarnings({"rawtypes", "unchecked"})
  public static @Nullable DrivenFuture<?> begin(
      Object client,
      @Nullable HttpRequest request,
      HttpResponse.@Nullable BodyHandler<?> handler,
      HttpResponse.@Nullable PushPromiseHandler<?> push,
      @Nullable Executor executor) {
    if (request == null || handler == null) {
      return null;
    }
    Sending<?> sending = Sending.current(request);
    if (sending != null && sending.enters()) {
      return null;
    }
    return Sender.begin(client, request, (HttpResponse.BodyHandler) handler, push, executor);
  }

  /** The address for a request object being made of another; null for what the client takes. */
  public static @Nullable CallAddress address(HttpRequest of) {
    Sending<?> sending = Sending.current(of);
    return sending == null ? null : sending.address();
  }

  /** The timeout for that request object. */
  public static @Nullable Duration timeout(HttpRequest of, @Nullable Duration own) {
    Sending<?> sending = Sending.current(of);
    Duration left = sending == null ? null : sending.timeout();
    return left == null ? own : left;
  }

  /**
   * How long a connection for a request object may take to be made: what the client says, or the
   * mesh, whichever is less.
   */
  public static Optional<Duration> connectTimeout(Object request, Optional<Duration> own) {
    CallAddress address = CallAddress.of(request);
    Duration left = address == null ? null : address.connectTimeLeft();
    return left == null || own.isPresent() && own.get().compareTo(left) <= 0
        ? own
        : Optional.of(left);
  }

  /** The response that led to a request; null if none did. */
  public static @Nullable HttpResponse<?> previous(HttpRequest request) {
    Sending<?> sending = Sending.current(request);
    return sending == null ? null : sending.previous();
  }

  /** How many redirects have led to a request. */
  public static int redirects(HttpRequest request) {
    Sending<?> sending = Sending.current(request);
    return sending == null ? 0 : sending.redirectsBefore();
  }

  /**
   * The client copies a request, to follow a redirect or to answer a challenge.
   *
   * @return the address for the copy; null for what the client takes
   */
  public static @Nullable CallAddress copied(URI uri, HttpRequest other, HttpRequest copy) {
    CallAddress before = CallAddress.of(other);
    if (before == null) {
      return adopted(copy);
    }
    Sending<?> sending = before.sending();
    if (sending == null || uri != other.uri()) {
      // Of a redirect, the copy will not be sent; see Sending.following.
      return sending == null ? adopted(copy) : null;
    }
    return sending.authenticated(copy);
  }

  /** A redirect from somewhere else has come to the mesh: one attempt, which nobody drives. */
  private static @Nullable CallAddress adopted(HttpRequest copy) {
    Driven attempt = Bridge.mesh().outbound().once(new RequestView(copy, null));
    // There is no response to give in the middle of the client's own work: refused, it tries, and
    // fails.
    return attempt == null ? null : CallAddress.to(null, attempt);
  }

  /** Whether a request object carries an attempt that nobody drives; see {@link #adopted}. */
  public static boolean undriven(Object request) {
    CallAddress address = CallAddress.of(request);
    return address != null && address.sending() == null;
  }

  /** The head of the response to an {@link #undriven} request has come. */
  public static void answered(Object request, Object response, MethodHandles.Lookup inside) {
    CallAddress address = CallAddress.of(request);
    if (address != null) {
      address.attempt().answered(Inside.status(response, inside));
    }
  }

  /** What the client is to send next by itself, after a response. */
  public static @Nullable Object following(Object answered, Object next, int redirects) {
    CallAddress address = CallAddress.of(answered);
    Sending<?> sending = address == null ? null : address.sending();
    return sending == null ? next : sending.following((HttpRequest) answered, next, redirects);
  }

  /**
   * An exchange has failed, and the client is about to consider whether to try again by itself.
   *
   * @param request the client's request object
   * @param cancelled whether the client's own timeout or the application has ended it
   * @param exchange what tells, on newer JDKs, whether the peer has taken the request; else null
   * @return what it is to give instead, without trying again; null to let it consider
   */
  public static @Nullable CompletableFuture<?> failed(
      Object request,
      boolean cancelled,
      Throwable error,
      @Nullable Object exchange,
      MethodHandles.Lookup inside) {
    CallAddress address = CallAddress.of(request);
    if (address == null) {
      return null;
    }
    Sending<?> sending = address.sending();
    Throwable cause = Sending.cause(error);
    if (sending == null) {
      undrivenFailed(address, cause, cancelled);
    }
    if (cancelled) {
      return null;
    }
    if (address.isNowhere()) {
      return CompletableFuture.failedFuture(refused(address.attempt()));
    }
    if (sending == null) {
      return null;
    }
    if (REFUSED_STREAM.equals(cause.getMessage()) || Inside.unprocessed(exchange, inside)) {
      sending.unsent();
    }
    return CompletableFuture.failedFuture(cause);
  }

  /**
   * @param cancelled also if the client's own timers, that for connecting among them, have ended it
   */
  private static void undrivenFailed(CallAddress address, Throwable cause, boolean cancelled) {
    if (cancelled
        && !(cause instanceof ConnectException)
        && !(cause instanceof HttpTimeoutException)) {
      address.attempt().abandoned();
    } else {
      address.attempt().ended(cause, null);
    }
  }

  private static ConnectException refused(Driven attempt) {
    Refusal refusal = attempt.refusal();
    return new ConnectException(
        "Connection refused [weft: " + (refusal == null ? "by the mesh" : refusal.summary()) + "]");
  }

  /** A response object has been made for a request of the client's. */
  public static void responded(Object request, int status) {
    CallAddress address = CallAddress.of(request);
    if (address == null) {
      return;
    }
    Sending<?> sending = address.sending();
    if (sending != null) {
      sending.responded(address.attempt(), status);
    }
  }

  /** The header fields that the application sees of a response. */
  public static HttpHeaders headers(Object request, HttpHeaders made) {
    CallAddress address = CallAddress.of(request);
    Sending<?> sending = address == null ? null : address.sending();
    HeadChange change = sending == null ? null : sending.responseChange();
    return change == null ? made : Head.changed(made, change);
  }
}

package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.Async;
import dev.weft.bridge.Bridge;
import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Refusal;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends one call of the application: each attempt through the client's own private method, with the
 * application's own request object. A redirect that the client would follow ends here too, and
 * becomes a call of its own.
 */
final class Sender<T> implements Carrier, Consumer<@Nullable Async> {
  private static final Duration EVER = Duration.ofNanos(Long.MAX_VALUE);

  private final Object client;

  /** A client that nobody holds any more stops, unless a request is under way; and one may wait. */
  @SuppressWarnings("unused")
  private final @Nullable Object alive;

  private final HttpResponse.BodyHandler<T> handler;
  private final HttpResponse.@Nullable PushPromiseHandler<T> push;
  private final @Nullable Executor executor;
  private final boolean aside;
  private final DrivenFuture<HttpResponse<T>> future = new DrivenFuture<>(this);

  private HttpRequest request;
  private boolean begun;

  /** Who has called the client, until that returns. */
  private volatile @Nullable Thread caller;

  /** Whether the client may go on by itself. */
  private boolean passed;

  private @Nullable HttpResponse<T> previous;
  private int redirects;

  /** Null on a leg that the mesh has nothing to do with, or not said yet, and for a copy. */
  private volatile @Nullable Async mesh;

  /** What is under way on such a leg. */
  private volatile @Nullable CompletableFuture<?> alone;

  private volatile boolean cancelled;

  private Sender(
      Object client,
      HttpRequest request,
      HttpResponse.BodyHandler<T> handler,
      HttpResponse.@Nullable PushPromiseHandler<T> push,
      @Nullable Executor executor,
      boolean aside) {
    this.client = client;
    this.alive = Inside.facade(client);
    this.request = request;
    this.handler = handler;
    this.push = push;
    this.executor = executor;
    this.aside = aside;
  }

  /**
   * Sends, if it is the mesh's business.
   *
   * @return what the application gets; null to let the client go on
   */
  static <T> @Nullable DrivenFuture<?> begin(
      Object client,
      HttpRequest request,
      HttpResponse.BodyHandler<T> handler,
      HttpResponse.@Nullable PushPromiseHandler<T> push,
      @Nullable Executor executor) {
    Sender<T> made = new Sender<>(client, request, handler, push, executor, false);
    made.caller = Thread.currentThread();
    made.ask();
    made.caller = null;
    return made.passed ? null : made.future;
  }

  private void ask() {
    Bridge.mesh()
        .outbound()
        .find(new RequestView(request, client), blocks() ? null : executor(), this);
  }

  /** The first leg of a call that waits on its thread anyway. */
  private boolean blocks() {
    return caller != null && executor == null;
  }

  /** What the mesh says: at once, or later on another thread. */
  @Override
  public void accept(@Nullable Async call) {
    boolean called = caller == Thread.currentThread();
    if (called) {
      caller = null; // what follows a redirect is no answer to the caller
    } else {
      begun = true;
    }
    try {
      if (call != null) {
        lead(call);
      } else if (called) {
        passed = true;
      } else {
        goOn();
      }
    } catch (RuntimeException | Error e) {
      Bridge.fault(e);
      fail(e);
    }
  }

  private void lead(Async call) {
    mesh = call;
    if (cancelled) {
      call.cancel();
      return;
    }
    call.start(this);
    call.copies();
  }

  /** Without the mesh. */
  private void goOn() {
    if (!wanted()) {
      return;
    }
    try {
      CompletableFuture<?> sent = send(new Sending<>(this, null));
      alone = sent;
      if (cancelled) {
        sent.cancel(true);
      }
    } catch (Throwable t) {
      fail(t);
    }
  }

  HttpResponse.BodyHandler<T> handler() {
    return handler;
  }

  HttpRequest request() {
    return request;
  }

  /** Whether this is a copy, whose answer nobody waits for. */
  boolean aside() {
    return aside;
  }

  /** The response that redirected here; null if none did. */
  @Nullable HttpResponse<T> previous() {
    return previous;
  }

  /** How many redirects have been followed. */
  int redirects() {
    return redirects;
  }

  /** The client answers a challenge with a copy of the request; see {@link Async#continued}. */
  @Nullable Driven continued(HttpRequest copied) {
    Async call = mesh;
    return call == null ? null : call.continued(new RequestView(copied, null));
  }

  // What the driver asks for.

  @Override
  public Runnable send(Driven attempt) throws Throwable {
    CompletableFuture<?> sent = send(new Sending<>(this, attempt));
    return () -> sent.cancel(true);
  }

  private CompletableFuture<?> send(Sending<T> sending) throws Throwable {
    // The first attempt runs where the client would run it. Those after it begin on a thread of the
    // client's, or of a timer, on which the application's code must not run.
    Executor on = executor == null && begun ? executor() : executor;
    begun = true;
    CompletableFuture<HttpResponse<T>> sent;
    Sending<?> outer = Sending.enter(sending);
    try {
      sent = Inside.send(client, request, sending, push, on);
    } catch (Throwable t) {
      future.thrown(t);
      throw t;
    } finally {
      Sending.leave(outer);
    }
    sent.whenComplete(sending);
    return sent;
  }

  @Override
  public void answer(Refusal refusal) {
    try {
      new RefusedResponse<>(request, handler, refusal, previous)
          .future()
          .whenComplete(
              (answer, error) -> {
                if (error == null) {
                  deliver(answer);
                } else {
                  fail(Sending.cause(error));
                }
              });
    } catch (RuntimeException | Error e) {
      // The application's own handler has thrown.
      fail(e);
    }
  }

  void deliver(HttpResponse<T> got) {
    future.complete(got);
  }

  @Override
  public void fail(Throwable error) {
    future.completeExceptionally(error);
  }

  @Override
  public void tooLate() {
    fail(new HttpTimeoutException("request timed out"));
  }

  @Override
  public boolean wanted() {
    return !cancelled && !future.isDone();
  }

  @Override
  public long callNanos() {
    Duration own = request.timeout().orElse(null);
    return own == null ? 0 : own.compareTo(EVER) < 0 ? own.toNanos() : Long.MAX_VALUE;
  }

  @Override
  public Executor executor() {
    return Bridge.mesh().aside();
  }

  @Override
  public @Nullable Carrier copy() {
    return RequestView.replayable(request)
        ? new Sender<Object>(client, request, info -> new Discard<>(), null, executor(), true)
        : null;
  }

  // What comes otherwise.

  /** The client would follow a redirect: a call of its own, to wherever it leads. */
  void follow(HttpResponse<T> from, HttpRequest to, int count) {
    if (aside) {
      deliver(from);
      return;
    }
    previous = from;
    redirects = count;
    request = to;
    mesh = null;
    if (wanted()) {
      ask();
    }
  }

  /** The application has lost interest. */
  void hangUp() {
    cancelled = true;
    Async call = mesh;
    CompletableFuture<?> sent = alone;
    if (call != null) {
      call.cancel();
    } else if (sent != null) {
      sent.cancel(true);
    }
    // Where no exchange is under way that would: whatever else hangs on it is to hear of it.
    future.completeExceptionally(new CancellationException());
  }
}

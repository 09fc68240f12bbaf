package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Bridge;
import dev.weft.bootstrap.Refusal;
import java.lang.invoke.MethodHandles;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One call of the application, through redirects and authentication. Bound to the calling thread
 * while the client makes the request object; after that it travels in the {@link CallAddress}.
 */
public final class Call {
  private static final ThreadLocal<Call> CURRENT = new ThreadLocal<>();

  private volatile Attempt attempt;

  private Call(Attempt attempt) {
    this.attempt = attempt;
  }

  /** Null: not the mesh's; a {@link Call}: go ahead; a {@link RefusedResponse}: call nobody. */
  public static @Nullable Object begin(HttpRequest request, HttpResponse.BodyHandler<?> handler) {
    URI uri = request.uri();
    Attempt attempt = attempt(uri);
    if (attempt == null) {
      return null;
    }
    Refusal refusal = attempt.refusal();
    if (refusal != null) {
      attempt.abandoned();
      return new RefusedResponse<>(request, uri, handler, refusal);
    }
    Call call = new Call(attempt);
    CURRENT.set(call);
    return call;
  }

  /** The picked address of the call that this thread is beginning; null if there is none. */
  public static @Nullable CallAddress currentAddress() {
    Call call = CURRENT.get();
    return call == null ? null : new CallAddress(call, call.attempt.address());
  }

  /**
   * The client copies a request, to follow a redirect or to answer a challenge: the attempt before
   * is over, and the copy is routed anew.
   */
  public static @Nullable CallAddress copied(URI uri, Object other, MethodHandles.Lookup inside) {
    CallAddress before = CallAddress.of(other, inside);
    Attempt next = attempt(uri);
    if (before != null) {
      before.call().attempt.responded(302, null);
    }
    if (next == null) {
      return null;
    }
    if (next.refusal() != null) {
      // There is no response to give in the middle of the client's own work: let it try, and fail.
      next.abandoned();
      return null;
    }
    Call call = before == null ? new Call(next) : before.call();
    call.attempt = next;
    return new CallAddress(call, next.address());
  }

  private static @Nullable Attempt attempt(URI uri) {
    dev.weft.bootstrap.Call call = Bridge.mesh().outbound().call(new UriRequest(uri));
    return call == null ? null : call.attempt();
  }

  /** The application's handler, behind one that sees the headers arrive. */
  public HttpResponse.BodyHandler<?> observe(HttpResponse.BodyHandler<?> handler) {
    return new ObservingHandler<>(this, handler);
  }

  void responded(int status) {
    attempt.responded(status, null);
  }

  /**
   * The request is on its way, or the client threw.
   *
   * @return what the application is to get: completed after the mesh has seen the outcome, and
   *     still cancelling the exchange when it is cancelled
   */
  public @Nullable CompletableFuture<?> sent(
      @Nullable CompletableFuture<?> future, @Nullable Throwable thrown) {
    CURRENT.remove();
    if (future == null) {
      if (thrown == null) {
        attempt.abandoned();
      } else {
        attempt.failed(thrown, false);
      }
      return null;
    }
    return pass(future);
  }

  private <T> CompletableFuture<T> pass(CompletableFuture<T> future) {
    PassingFuture<T> passing = new PassingFuture<>(future);
    future.whenComplete(new Observer<>(this, passing));
    return passing;
  }

  /** Sees the outcome before the application does. */
  static final class Observer<T> implements BiConsumer<T, Throwable> {
    private final Call call;
    private final PassingFuture<T> passing;

    Observer(Call call, PassingFuture<T> passing) {
      this.call = call;
      this.passing = passing;
    }

    @Override
    public void accept(@Nullable T response, @Nullable Throwable error) {
      if (error == null) {
        passing.complete(response);
        return;
      }
      Throwable cause =
          error instanceof CompletionException && error.getCause() != null
              ? error.getCause()
              : error;
      try {
        if (cause instanceof CancellationException) {
          call.attempt.abandoned();
        } else {
          call.attempt.failed(cause, false);
        }
      } catch (Throwable t) {
        Bridge.fault(t);
      }
      passing.completeExceptionally(cause);
    }
  }

  /** Completes with the client's future; cancelling it cancels that one, as the client promises. */
  static final class PassingFuture<T> extends CompletableFuture<T> {
    private final CompletableFuture<T> future;

    PassingFuture(CompletableFuture<T> future) {
      this.future = future;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
      future.cancel(mayInterrupt);
      return super.cancel(mayInterrupt);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }
}

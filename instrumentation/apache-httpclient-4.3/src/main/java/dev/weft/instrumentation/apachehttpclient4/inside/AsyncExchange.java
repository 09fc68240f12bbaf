package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Async;
import dev.weft.bridge.Bridge;
import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import java.net.SocketTimeoutException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.http.HttpRequest;
import org.apache.http.nio.NHttpClientConnection;
import org.apache.http.nio.protocol.HttpAsyncClientExchangeHandler;
import org.apache.http.nio.protocol.HttpAsyncRequestExecutor;
import org.jspecify.annotations.Nullable;

/**
 * One call: asks the mesh, and sends each attempt over a connection of its own. The library's
 * exchange, which is above, is handed one connection for all of them, once there is something to be
 * written to or read from it.
 */
final class AsyncExchange implements Carrier, Consumer<@Nullable Async> {
  private static final Runnable NOTHING =
      new Runnable() {
        @Override
        public void run() {}
      };

  private final MeshManager manager;
  private final HttpRequest request;
  private final AsyncConnection shown;
  private volatile Wanted wanted;
  private volatile @Nullable HttpAsyncClientExchangeHandler above;
  private volatile @Nullable Async call;
  private volatile @Nullable AsyncAttempt last;

  /** The wait for a connection, where the call is none of the mesh's. */
  private volatile @Nullable Future<NHttpClientConnection> passed;

  private volatile boolean cancelled;

  /** Whether it is the application that has cancelled it, and the library that tells so. */
  private volatile boolean givenUp;

  AsyncExchange(MeshManager manager, Wanted wanted) {
    this.manager = manager;
    this.wanted = wanted;
    this.request = manager.context().getRequest();
    this.shown = new AsyncConnection(this);
  }

  /** Asks the mesh. */
  void begin() {
    RequestView view =
        new RequestView(
            wanted.route, request, manager.context(), manager.producer().isRepeatable());
    Bridge.mesh().outbound().find(view, executor(), this);
  }

  /** What the mesh says: at once, or later on another thread. */
  @Override
  public void accept(@Nullable Async led) {
    try {
      if (led == null) {
        pass();
        return;
      }
      call = led;
      if (cancelled) {
        led.cancel();
        return;
      }
      led.start(this);
      led.copies();
    } catch (Throwable t) {
      fail(t);
    }
  }

  /** As without the mesh. */
  private void pass() {
    if (cancelled) {
      return;
    }
    Wanted own = wanted;
    Future<NHttpClientConnection> wait =
        manager
            .own()
            .requestConnection(
                own.route,
                own.state,
                own.connectMillis,
                own.leaseMillis,
                TimeUnit.MILLISECONDS,
                own.callback);
    passed = wait;
    if (cancelled) {
      wait.cancel(true);
    }
  }

  // What the driver asks for.

  @Override
  public Runnable send(Driven attempt) throws Throwable {
    MeshAddress address = attempt.address();
    if (address == null || wanted.route.isSecure()) {
      attempt.abandoned(); // the TLS inside is the application's own
      pass();
      return NOTHING;
    }
    AsyncAttempt before = last;
    if (before != null && before.hasProduced()) {
      manager.producer().resetRequest();
    }
    AsyncAttempt sent = new AsyncAttempt(this, attempt, address);
    last = sent;
    sent.connect();
    return sent;
  }

  @Override
  public void answer(Refusal refusal) {
    try {
      boolean known = above != null;
      HttpAsyncClientExchangeHandler told = above();
      if (told == null) {
        return;
      }
      AsyncAttempt before = last;
      if (!known || before != null && before.isAnswering()) {
        told.generateRequest(); // it would miss what it does there
      }
      RefusedResponse response = new RefusedResponse(refusal, request.getRequestLine().getMethod());
      told.responseReceived(response);
      if (response.getEntity() == null) {
        told.responseCompleted();
      } else {
        new RefusedBody(this, told, refusal.body()).run();
      }
    } catch (Exception e) {
      fail(e);
    }
  }

  @Override
  public void fail(Throwable error) {
    if (givenUp) {
      return;
    }
    wanted.callback.failed(
        error instanceof Exception ? (Exception) error : new ExecutionException(error));
  }

  @Override
  public void tooLate() {
    fail(new SocketTimeoutException("request timed out"));
  }

  @Override
  public boolean wanted() {
    return !cancelled;
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

  // What the attempts need.

  MeshManager manager() {
    return manager;
  }

  Wanted asked() {
    return wanted;
  }

  /** The library's exchange, which gets its connection now if it has none; null if it is over. */
  @Nullable HttpAsyncClientExchangeHandler above() {
    HttpAsyncClientExchangeHandler known = above;
    if (known == null) {
      wanted.callback.completed(shown);
      Object set = shown.getContext().getAttribute(HttpAsyncRequestExecutor.HTTP_HANDLER);
      known =
          set instanceof HttpAsyncClientExchangeHandler
              ? (HttpAsyncClientExchangeHandler) set
              : null;
      above = known;
    }
    return known;
  }

  /** No connection has been got, and nobody but the library's pool has wanted that. */
  void cancelledBelow() {
    if (!cancelled) {
      wanted.callback.cancelled();
    }
  }

  // What the library's exchange asks for.

  /** The attempt at hand; null if there was none. */
  @Nullable AsyncAttempt attempt() {
    return last;
  }

  /** Whether this is still what is sent: a redirect is another request. */
  boolean isOf() {
    return manager.context().getRequest() == request;
  }

  /**
   * The library answers a challenge, for which it needs another connection: the attempt goes on.
   *
   * @return false if it asks for something else
   */
  boolean goesOn(Wanted next) {
    AsyncAttempt current = last;
    if (current == null || !current.isAnswering() || !isOf()) {
      return false;
    }
    wanted = next;
    above = null;
    current.connect();
    return true;
  }

  /** It lets go of its connection. */
  void letsGo() {
    AsyncAttempt current = last;
    if (current != null && !current.isOver() && !current.isAnswering()) {
      cancel();
    }
  }

  /** The application has lost interest. */
  void giveUp() {
    givenUp = true;
    cancel();
  }

  private void cancel() {
    cancelled = true;
    Async led = call;
    if (led != null) {
      led.cancel();
    }
    Future<NHttpClientConnection> wait = passed;
    if (wait != null) {
      wait.cancel(true);
    }
  }
}

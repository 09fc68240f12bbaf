package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import okhttp3.Address;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.internal.connection.Exchange;
import okhttp3.internal.http.RetryAndFollowUpInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * One call of the application, on the thread that makes it, where woven code finds what it is at. A
 * call that is made in the middle of another one has a scope of its own, so nothing of the outer
 * call's is ever taken for its.
 */
public final class CallScope {
  /** Set to null in the end, and not removed: the next call would begin with a new entry. */
  private static final ThreadLocal<@Nullable CallScope> CURRENT = new ThreadLocal<>();

  /**
   * Calls that may be waiting for the mesh, whom a cancellation has to wake; each until it ends.
   */
  private static final ConcurrentMap<Object, Waiting> WAITING = new ConcurrentHashMap<>();

  private final Call call;
  private final OkHttpClient client;
  private final @Nullable CallScope outer;
  private boolean chained;

  /** Whether the request under way, or the last one that was, is the mesh's to decide about. */
  private boolean led;

  /** What is under way for the mesh; null between attempts, and without it. */
  private @Nullable Attempt attempt;

  private CallScope(Call call, OkHttpClient client, @Nullable CallScope outer) {
    this.call = call;
    this.client = client;
    this.outer = outer;
  }

  // ---- for woven code

  /** A call begins on this thread. */
  public static CallScope enter(Call call, OkHttpClient client) {
    CallScope scope = new CallScope(call, client, CURRENT.get());
    CURRENT.set(scope);
    return scope;
  }

  /** It is over. */
  public void leave() {
    CURRENT.set(outer);
  }

  /** A call was canceled, whose it may be. */
  public static void canceled(Object call) {
    Waiting waiting = WAITING.get(call);
    if (waiting != null) {
      waiting.wake();
    }
  }

  /** The interceptors of a call, with ours when its chain is made. */
  public static List<Interceptor> chain(List<Interceptor> interceptors) {
    CallScope scope = CURRENT.get();
    if (scope == null || scope.chained) {
      return interceptors;
    }
    scope.chained = true;
    List<Interceptor> all = new ArrayList<>(interceptors);
    for (int i = 0; i < all.size() - 1; i++) {
      if (all.get(i) instanceof RetryAndFollowUpInterceptor) {
        all.add(all.size() - 1, new Gate(scope));
        all.add(i + 1, new LegInterceptor(scope, all.get(i)));
        return all;
      }
    }
    return interceptors; // not as we know it: left alone
  }

  /** The scope, if the library must not send a failed request again; null if it may. */
  public static @Nullable CallScope recovers() {
    CallScope scope = CURRENT.get();
    return scope != null && scope.led ? scope : null;
  }

  /**
   * The scope, if the library must not send anything because of a response; null if it may. An
   * attempt ends with its response; redirects and challenges are followed when it is delivered, but
   * what would only be one more try of the same is the mesh's to decide.
   */
  public static @Nullable CallScope followsUp(Response response) {
    CallScope scope = CURRENT.get();
    if (scope == null || !scope.led) {
      return null;
    }
    int status = response.code();
    // 407: there was no proxy, and the library would ask of which connection that came.
    boolean retry = status == 408 || status == 503 || status == 407;
    return scope.attempt != null || retry ? scope : null;
  }

  /** The scope, in the middle of an attempt; null otherwise. */
  public static @Nullable CallScope attempts() {
    CallScope scope = CURRENT.get();
    return scope != null && scope.attempt != null ? scope : null;
  }

  /** What the address that is being made stands for, once for each attempt; null: for itself. */
  public static @Nullable Attempt addressing() {
    CallScope scope = CURRENT.get();
    return scope == null || scope.attempt == null || !scope.attempt.addresses()
        ? null
        : scope.attempt;
  }

  /** A connection was found, and is the call's for one exchange. */
  public static void found(Object exchange) {
    CallScope scope = CURRENT.get();
    if (scope != null && scope.attempt != null) {
      scope.attempt.found((Exchange) exchange);
    }
  }

  /** Whether the connection that was found for the attempt at hand is for such a URL. */
  public static boolean standsFor(HttpUrl url) {
    CallScope scope = CURRENT.get();
    return scope != null && scope.attempt != null && scope.attempt.standsFor(url);
  }

  /** Whether the next request may go where the last one of the call went. */
  public static boolean keeps(Address address) {
    CallScope scope = CURRENT.get();
    return !Attempt.isMesh(address) && (scope == null || scope.attempt == null);
  }

  // ---- for interceptors

  OkHttpClient client() {
    return client;
  }

  boolean canceled() {
    return call.isCanceled();
  }

  @Nullable Attempt attempt() {
    return attempt;
  }

  /** What is sent from now on is an attempt of the mesh's; null: none. */
  void attempt(@Nullable Attempt next) {
    attempt = next;
  }

  void led(boolean byTheMesh) {
    led = byTheMesh;
  }

  /** From now on until it is closed, a cancellation wakes this thread when it waits. */
  Waiting waiting() {
    Waiting waiting = new Waiting();
    WAITING.put(call, waiting);
    return waiting;
  }

  /** This thread is about to ask the mesh, unless the call is canceled already. */
  void begins(Waiting waiting) {
    waiting.begins();
    if (call.isCanceled()) {
      waiting.wake();
    }
  }

  void waitsNoMore() {
    WAITING.remove(call);
  }
}

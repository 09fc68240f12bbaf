package dev.weft.engine.call;

import dev.weft.engine.Decision;
import dev.weft.engine.Endpoint;
import dev.weft.engine.Permit;
import dev.weft.engine.Pool;
import dev.weft.engine.route.Backend;
import dev.weft.engine.route.HeadEdit;
import dev.weft.engine.route.RedirectTo;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call: where to, how, and what became of it. Exactly one of {@link #responded},
 * {@link #failed}, {@link #timedOut} and {@link #abandoned} is to be called for one that has an
 * endpoint; only the first counts. It may be called from another thread than the one that began it.
 */
public final class Attempt {
  /** Tells the server how long its caller waits, in milliseconds. */
  public static final String TIMEOUT_HEADER = "weft-timeout-ms";

  /** Tells the server how many processes of the mesh have passed the request on. */
  public static final String HOPS_HEADER = "weft-hops";

  private static final AtomicIntegerFieldUpdater<Attempt> OVER =
      AtomicIntegerFieldUpdater.newUpdater(Attempt.class, "over");
  private static final int RUNNING = 0;

  /** Followed by another attempt, which has not begun. */
  private static final int WAITING = 1;

  private static final int DONE = 2;

  /** Given up while its outcome was being decided. */
  private static final int GIVEN_UP = 3;

  /**
   * What answers in an endpoint's place.
   *
   * @param redirectStatus 0: it is no redirect
   */
  private record Instead(
      Decision.@Nullable Refuse refusal, int redirectStatus, @Nullable String location) {}

  private final OutboundCall call;
  private final @Nullable Backend backend;
  private final @Nullable Endpoint endpoint;
  private final boolean mtls;

  /** Of a copy of the request; null for the request itself, whose call has it. */
  private final @Nullable Permit mirror;

  private final @Nullable Instead instead;
  private final long delayNanos;
  private final long begunNanos;
  private volatile int over;

  private Attempt(
      OutboundCall call,
      @Nullable Backend backend,
      @Nullable Endpoint endpoint,
      boolean mtls,
      @Nullable Permit mirror,
      @Nullable Instead instead,
      long delayNanos) {
    this.call = call;
    this.backend = backend;
    this.endpoint = endpoint;
    this.mtls = mtls;
    this.mirror = mirror;
    this.instead = instead;
    this.delayNanos = delayNanos;
    this.begunNanos = endpoint == null ? 0 : call.now() + delayNanos;
  }

  static Attempt to(
      OutboundCall call,
      @Nullable Backend backend,
      Endpoint endpoint,
      boolean mtls,
      long delayNanos,
      @Nullable Permit mirror) {
    endpoint.begin();
    return new Attempt(call, backend, endpoint, mtls, mirror, null, delayNanos);
  }

  static Attempt refused(OutboundCall call, Decision.Refuse refusal, long delayNanos) {
    return new Attempt(call, null, null, false, null, new Instead(refusal, 0, null), delayNanos);
  }

  static Attempt redirected(
      OutboundCall call, RedirectTo redirect, String location, long delayNanos) {
    Instead to = new Instead(null, redirect.status(), location);
    return new Attempt(call, null, null, false, null, to, delayNanos);
  }

  /** Why nobody is called; null if somebody is, or a {@link #location} answers. */
  public Decision.@Nullable Refuse refusal() {
    return instead == null ? null : instead.refusal();
  }

  /** Where a redirect leads; null if there is none. */
  public @Nullable String location() {
    return instead == null ? null : instead.location();
  }

  /** The status of the redirect; 0 if there is none. */
  public int redirectStatus() {
    return instead == null ? 0 : instead.redirectStatus();
  }

  /**
   * Who is called.
   *
   * @throws IllegalStateException if nobody is
   */
  public Endpoint endpoint() {
    if (endpoint == null) {
      throw new IllegalStateException("nobody is called: " + instead);
    }
    return endpoint;
  }

  /** Whether there is an {@link #endpoint}. */
  public boolean hasEndpoint() {
    return endpoint != null;
  }

  /** Whether over mesh TLS. */
  public boolean mtls() {
    return mtls;
  }

  /** The rule that this follows from. */
  public String rule() {
    return call.rule().name();
  }

  /** Time to let pass first; 0 but for injected faults. */
  public long delayNanos() {
    return delayNanos;
  }

  /** How long the answer's head may take from now on; 0: as long as it likes. */
  public long timeoutNanos() {
    if (mirror != null || endpoint == null) {
      return 0;
    }
    long limit = call.rule().attemptNanos();
    return call.timeLeftNanos(limit == 0 ? 0 : OutboundCall.notZero(begunNanos + limit));
  }

  /** How long connecting may take, mesh TLS included; 0: as long as the client's own limit says. */
  public long connectNanos() {
    Pool to = backend == null ? null : backend.pool();
    return to == null ? 0 : to.traffic().timeouts().connectNanos();
  }

  /** Changes of the request's fields; null for none. */
  public @Nullable HeadEdit requestEdit() {
    HeadEdit edit = backend == null ? null : backend.requestEdit();
    int hops = call.cause().hops();
    if (hops > 0) {
      edit = HeadEdit.setting(edit, HOPS_HEADER, Integer.toString(hops));
    }
    long left = timeoutNanos();
    return left == 0
        ? edit
        : HeadEdit.setting(edit, TIMEOUT_HEADER, Long.toString(Math.max(1, left / 1_000_000)));
  }

  /** Changes of the response's fields; null for none. */
  public @Nullable HeadEdit responseEdit() {
    return backend == null ? null : backend.responseEdit();
  }

  /** The authority to be sent; null: the application's. */
  public @Nullable String authority() {
    return backend == null ? null : backend.authority();
  }

  /** Path and query to be sent; null: the application's. */
  public @Nullable String target() {
    return backend == null ? null : backend.target(call.head(), call.matched());
  }

  /**
   * The head of an answer has arrived.
   *
   * @param retryAfterNanos what a 429 or 503 asks for; 0 if nothing
   */
  public Next responded(int status, long retryAfterNanos) {
    Endpoint to = endpoint;
    if (to == null || !OVER.compareAndSet(this, RUNNING, DONE)) {
      return Next.DELIVER;
    }
    Endpoint.Outcome outcome =
        status >= 500
            ? Endpoint.Outcome.FAILURE
            : status == 429 ? Endpoint.Outcome.THROTTLED : Endpoint.Outcome.SUCCESS;
    end(to, outcome, retryAfterNanos);
    if (to.health() == Endpoint.Health.UNREACHABLE) {
      to.becomeReachable();
    }
    if (mirror != null) {
      return copied(status < 500);
    }
    if (call.isFinal(status)) {
      call.end(status < 500);
      return Next.DELIVER;
    }
    return waiting(call.responded(status));
  }

  /** There was no answer. Whether the endpoint was reached is for the host to follow up. */
  public Next failed(FailureKind failure) {
    Endpoint to = endpoint;
    if (to == null || !OVER.compareAndSet(this, RUNNING, DONE)) {
      return Next.DELIVER;
    }
    if (failure == FailureKind.BROKEN || failure == FailureKind.TOO_SLOW) {
      end(to, Endpoint.Outcome.FAILURE, 0);
    } else {
      to.endUnobserved();
    }
    return mirror != null ? copied(false) : waiting(call.failed(failure));
  }

  /** The time of {@link #timeoutNanos} is over. */
  public Next timedOut() {
    Endpoint to = endpoint;
    if (to == null || !OVER.compareAndSet(this, RUNNING, DONE)) {
      return Next.DELIVER;
    }
    if (call.outlivesItsCause()) {
      to.endUnobserved();
    } else {
      end(to, Endpoint.Outcome.FAILURE, 0);
    }
    return mirror != null ? copied(false) : waiting(call.timedOut());
  }

  /**
   * The caller lost interest, in this attempt or in the one that would have followed it: neither a
   * success nor a failure of anybody.
   */
  public void abandoned() {
    Endpoint to = endpoint;
    if (to == null) {
      return;
    }
    if (OVER.compareAndSet(this, RUNNING, DONE)) {
      to.endUnobserved();
    } else if (!OVER.compareAndSet(this, WAITING, DONE)) {
      OVER.compareAndSet(this, DONE, GIVEN_UP);
      return;
    }
    giveBack();
  }

  /**
   * Tells the endpoint. If that fails, in a library's class that could not be loaded, for one, the
   * call's permit is given back all the same: nobody else will.
   */
  private void end(Endpoint to, Endpoint.Outcome outcome, long retryAfterNanos) {
    boolean told = false;
    try {
      long now = call.now();
      to.end(now, Math.max(0, now - begunNanos), outcome, retryAfterNanos);
      told = true;
    } finally {
      if (!told) {
        giveBack();
      }
    }
  }

  private void giveBack() {
    if (mirror == null) {
      call.cancel();
    } else {
      mirror.cancelled();
    }
  }

  private Next copied(boolean well) {
    if (mirror != null) {
      if (well) {
        mirror.success();
      } else {
        mirror.failure();
      }
    }
    return Next.DELIVER;
  }

  private Next waiting(Next next) {
    if (next.retry() && !OVER.compareAndSet(this, DONE, WAITING)) {
      call.cancel(); // nobody waits for the next one
    }
    return next;
  }

  /** The next attempt begins: what is said of this one from now on concerns nobody. */
  void followed() {
    OVER.compareAndSet(this, WAITING, DONE);
  }
}

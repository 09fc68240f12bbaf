package dev.weft.engine.call;

import dev.weft.engine.Decision;
import dev.weft.engine.Endpoint;
import dev.weft.engine.Permit;
import dev.weft.engine.Pick;
import dev.weft.engine.Pool;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.Traffic;
import dev.weft.engine.route.Backend;
import dev.weft.engine.route.RedirectTo;
import dev.weft.engine.route.RequestHead;
import dev.weft.engine.route.RetryPlan;
import dev.weft.engine.route.RouteMatch;
import dev.weft.engine.route.Routing;
import dev.weft.engine.route.Rule;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.TlsMode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The outbound way of one call, and its whole list:
 *
 * <ol>
 *   <li>once a call ({@link #begin}): select the route → the deadline → faults to be injected;
 *   <li>once an attempt ({@link #attempt}): is there time left → does a rule answer by itself →
 *       choose the backend by weight → be admitted (limits, circuit breaker) → pick the endpoint →
 *       require the peer's identity → changes of the head;
 *   <li>once an outcome ({@link Attempt#responded} and the like): classify it → observe the
 *       endpoint → retry within plan, time and budget, or be done.
 * </ol>
 *
 * <p>The route comes first because everything else is the rule's; the deadline before anything that
 * takes time; admission before the pick, so that a refused call takes no probe away from another;
 * the endpoint is observed before a retry is decided, so that the retry's pick knows of it.
 *
 * <p>Hosts drive it: it sends nothing, waits for nothing and reads no clock but the one that it was
 * given. Used by one thread at a time.
 */
public final class OutboundCall implements Pick {
  private static final double PERCENT_OF_A_MILLION = 10_000;

  /**
   * What was decided before any attempt.
   *
   * @param delayNanos that is injected before the first
   * @param answer that is given whatever follows; null: none
   */
  private record Given(long delayNanos, Decision.@Nullable Refuse answer) {}

  private final Surroundings surroundings;
  private final RequestHead head;
  private final Rule rule;
  private final int matched;
  private final Cause cause;

  /** When the time for the whole call is over; 0: never. */
  private long deadlineNanos;

  /** Null for nearly every call, which is to be small. */
  private @Nullable Given given;

  private @Nullable Endpoint pinned;
  private int attempts;
  private @Nullable Attempt last;
  private int mirrored;
  private @Nullable Pool pool;
  private @Nullable Permit permit;
  private @Nullable Endpoint tried;
  private Endpoint @Nullable [] triedBefore;
  private BackendTrafficPolicy.@Nullable Hash hashOf;
  private boolean hashed;
  private long hash;

  private OutboundCall(
      Surroundings surroundings, RequestHead head, Rule rule, int matched, Cause cause) {
    this.surroundings = surroundings;
    this.head = head;
    this.rule = rule;
    this.matched = matched;
    this.cause = cause;
    this.deadlineNanos = cause.deadlineNanos();
  }

  /** A call begins. */
  public static OutboundCall begin(
      Routing routing, RequestHead head, Surroundings surroundings, Cause cause) {
    RouteMatch match = routing.select(head);
    if (match == null) {
      OutboundCall call = new OutboundCall(surroundings, head, routing.noRule(), 0, cause);
      call.given = new Given(0, call.noRuleMatched(routing));
      return call;
    }
    OutboundCall call = new OutboundCall(surroundings, head, match.rule(), match.matched(), cause);
    Traffic.Fault fault = match.rule().fault();
    if (fault != null) {
      call.inject(fault);
    }
    long limit = match.rule().requestNanos();
    if (limit > 0) {
      // A delay that is injected stands for a slow network in front of all this: it is not counted.
      call.endsAt(notZero(call.now() + call.injectedNanos() + limit));
    }
    return call;
  }

  /**
   * A call whose caller chose the endpoint by itself: only how it is spoken to is decided here.
   *
   * @return null if there is no such endpoint
   */
  public static @Nullable OutboundCall pinned(
      Service service,
      String address,
      int port,
      RequestHead head,
      Surroundings surroundings,
      Cause cause) {
    Endpoint endpoint = service.pool(Map.of(), port, Traffic.DEFAULT).pinned(address, port);
    if (endpoint == null) {
      return null;
    }
    OutboundCall call =
        new OutboundCall(surroundings, head, Rule.none(service.name() + " (by address)"), 0, cause);
    call.pinned = endpoint;
    return call;
  }

  /** A call that is answered, whatever it is. */
  public static OutboundCall answered(
      Decision.Refuse answer, RequestHead head, Surroundings surroundings) {
    OutboundCall call =
        new OutboundCall(surroundings, head, Rule.none(answer.rule()), 0, Cause.NONE);
    call.given = new Given(0, answer);
    return call;
  }

  /** Unless it ends earlier for whom it is made. */
  private void endsAt(long nanos) {
    if (deadlineNanos == 0 || nanos - deadlineNanos < 0) {
      deadlineNanos = nanos;
    }
  }

  private Decision.Refuse noRuleMatched(Routing routing) {
    return new Decision.Refuse(
        404,
        "destination_not_found",
        rule.name(),
        "no rule of the routes of "
            + routing.service()
            + " matches "
            + head.method()
            + " "
            + head.path());
  }

  private void inject(Traffic.Fault fault) {
    long delay = fault.delayNanos() > 0 && happens(fault.delayPercent()) ? fault.delayNanos() : 0;
    Decision.Refuse abort = null;
    if (fault.abortStatus() > 0 && happens(fault.abortPercent())) {
      abort =
          new Decision.Refuse(
              fault.abortStatus(), "proxy_internal_response", fault.rule(), "injected fault");
    }
    if (delay > 0 || abort != null) {
      given = new Given(delay, abort);
    }
  }

  private long injectedNanos() {
    return given == null ? 0 : given.delayNanos();
  }

  private boolean happens(double percent) {
    return surroundings.random().applyAsInt(1_000_000) < percent * PERCENT_OF_A_MILLION;
  }

  /**
   * The next attempt begins: the first, or one that a {@link Next} asked for.
   *
   * @param identity whether this process has a valid certificate
   */
  public Attempt attempt(boolean identity) {
    if (last != null) {
      last.followed();
    }
    Attempt next = next(identity);
    last = next;
    return next;
  }

  private Attempt next(boolean identity) {
    long now = now();
    long delay = attempts++ == 0 ? injectedNanos() : 0;
    Decision.Refuse said = given == null ? null : given.answer();
    if (said != null) {
      return refused(said, delay);
    }
    Decision.Refuse loop = Decision.loop(cause.hops());
    if (loop != null) {
      return refused(loop, delay); // that of who is called would count as its failure
    }
    if (deadlineNanos != 0 && now - deadlineNanos >= 0) {
      return refused(outOfTime(rule.requestNanos()), delay);
    }
    Endpoint chosen = pinned;
    if (chosen != null) {
      return to(null, chosen, identity, delay);
    }
    RedirectTo redirect = rule.redirect();
    if (redirect != null) {
      return Attempt.redirected(this, redirect, redirect.location(head, matched), delay);
    }
    int total = rule.totalWeight();
    if (total == 0) {
      return refused(Decision.misconfigured(rule.name(), "no backend has any weight"), delay);
    }
    Backend backend = choose(total);
    Pool to = backend.pool();
    if (to == null) {
      return refused(backend.nobody(rule.name()), delay);
    }
    Decision.Refuse full = admit(to, now);
    if (full != null) {
      return refused(full, delay);
    }
    hashFor(to.traffic().balance().hash());
    Endpoint endpoint = to.pick(this, now);
    if (endpoint == null) {
      return refused(backend.nobody(rule.name()), delay);
    }
    return to(backend, endpoint, identity, delay);
  }

  /** A destination known to be STRICT is never called in plaintext. */
  private Attempt to(@Nullable Backend backend, Endpoint endpoint, boolean identity, long delay) {
    TlsMode tls = endpoint.facts().tls();
    if (tls == TlsMode.STRICT && !identity) {
      endpoint.unused();
      return refused(noIdentity(), delay);
    }
    remember(endpoint);
    return Attempt.to(this, backend, endpoint, identity && tls != TlsMode.DISABLE, delay, null);
  }

  /**
   * A copy of the request that is to be sent besides; null when there is none left. To be asked
   * once the first attempt has been begun.
   */
  public @Nullable Attempt mirror(boolean identity) {
    while (mirrored < rule.mirrors().size()) {
      Rule.Mirror mirror = rule.mirrors().get(mirrored++);
      // A copy needs a body that can be written twice, and a request that is really sent.
      Attempt copy =
          head.replayable() && !isAnswered() && isDrawn(mirror) ? copy(mirror, identity) : null;
      if (copy != null) {
        return copy;
      }
    }
    return null;
  }

  private boolean isAnswered() {
    return given != null && given.answer() != null;
  }

  private boolean isDrawn(Rule.Mirror mirror) {
    return surroundings.random().applyAsInt(mirror.denominator()) < mirror.numerator();
  }

  private @Nullable Attempt copy(Rule.Mirror mirror, boolean identity) {
    Pool to = mirror.backend().pool();
    if (to == null) {
      return null;
    }
    long now = now();
    Permit asked = to.admit(now, !head.ownConnection());
    if (asked.refusal() != null) {
      return null;
    }
    Endpoint endpoint = to.pick(ANY, now);
    if (endpoint == null) {
      asked.cancelled();
      return null;
    }
    TlsMode tls = endpoint.facts().tls();
    if (tls == TlsMode.STRICT && !identity) {
      endpoint.unused();
      asked.cancelled();
      return null;
    }
    boolean mtls = identity && tls != TlsMode.DISABLE;
    return Attempt.to(this, mirror.backend(), endpoint, mtls, 0, asked);
  }

  // ---- choosing

  /** By weight; a retry goes where somebody has not been tried yet, if there is such a place. */
  private Backend choose(int total) {
    Backend drawn = rule.backend(point(total));
    if (attempts == 1 || hasUntried(drawn)) {
      return drawn;
    }
    for (Backend other : rule.backends()) {
      if (hasUntried(other)) {
        return other;
      }
    }
    return drawn;
  }

  private boolean hasUntried(Backend backend) {
    Pool of = backend.pool();
    return backend.weight() > 0 && of != null && of.hasUntried(this);
  }

  private boolean hasUntried() {
    for (Backend backend : rule.backends()) {
      if (hasUntried(backend)) {
        return true;
      }
    }
    return false;
  }

  /** By the hash if the rule has one, so that whoever is with a backend stays; else by chance. */
  private int point(int total) {
    hashFor(rule.hash());
    return hashed ? Hashes.point(hash, total) : surroundings.random().applyAsInt(total);
  }

  private void hashFor(BackendTrafficPolicy.@Nullable Hash wanted) {
    if (wanted == null) {
      hashed = false;
      hashOf = null;
    } else if (!wanted.equals(hashOf)) {
      String value = Hashes.value(wanted, head);
      hashOf = wanted;
      hashed = value != null;
      hash = value == null ? 0 : Hashes.of(value);
    }
  }

  /** Once a pool: an attempt at the same one needs no more than its predecessor has. */
  private Decision.@Nullable Refuse admit(Pool to, long now) {
    if (pool == to && permit != null) {
      return null;
    }
    if (permit != null) {
      permit.failure(); // that is why there is another attempt
      permit = null;
    }
    Permit asked = to.admit(now, !head.ownConnection());
    Decision.Refuse refusal = asked.refusal();
    if (refusal == null) {
      pool = to;
      permit = asked;
    }
    return refusal;
  }

  private Attempt refused(Decision.Refuse refusal, long delay) {
    if (permit != null) {
      // The attempts before failed; before the first, nobody did.
      if (attempts > 1) {
        permit.failure();
      } else {
        permit.cancelled();
      }
      permit = null;
    }
    return Attempt.refused(this, refusal, delay);
  }

  private Decision.Refuse noIdentity() {
    return Decision.unavailable(
        rule.name(),
        "the destination takes mesh TLS only (STRICT) and this process has no certificate yet");
  }

  private Decision.Refuse outOfTime(long limitNanos) {
    return new Decision.Refuse(
        504,
        "http_response_timeout",
        rule.name(),
        (deadlineNanos != 0 && deadlineNanos == cause.deadlineNanos()
                ? "no answer before the caller of this service stops waiting"
                : "no answer within " + limitNanos / 1_000_000 + " ms")
            + " ("
            + attempts
            + " attempts)");
  }

  private void remember(Endpoint endpoint) {
    Endpoint before = tried;
    if (before != null) {
      Endpoint[] old = triedBefore;
      Endpoint[] more = new Endpoint[old == null ? 1 : old.length + 1];
      if (old != null) {
        System.arraycopy(old, 0, more, 0, old.length);
      }
      more[more.length - 1] = before;
      triedBefore = more;
    }
    tried = endpoint;
  }

  // ---- Pick

  @Override
  public boolean hashed() {
    return hashed;
  }

  @Override
  public long hash() {
    return hash;
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    if (endpoint.equals(tried)) {
      return true;
    }
    Endpoint[] before = triedBefore;
    if (before != null) {
      for (Endpoint one : before) {
        if (one.equals(endpoint)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public boolean retry() {
    return attempts > 1;
  }

  // ---- outcomes, for attempts

  /** Whether the time that is over is that of who it is made for: nobody called was too slow. */
  boolean outlivesItsCause() {
    return cause.deadlineNanos() != 0 && now() - cause.deadlineNanos() >= 0;
  }

  /** An answer arrived, and the endpoint has been observed. */
  Next responded(int status) {
    Next next = decide(rule.retry().onStatus(status, head.method()), "status " + status);
    if (!next.retry()) {
      end(status < 500);
    }
    return next;
  }

  /** Quick way for what is no candidate for a retry: nearly everything. */
  boolean isFinal(int status) {
    return status < 400 || !rule.retry().onStatus(status, head.method());
  }

  /** The attempt got no answer, and the endpoint has been observed. */
  Next failed(FailureKind failure) {
    RetryPlan plan = rule.retry();
    boolean worth =
        failure.unsent()
            ? plan.onUnsent()
            : failure == FailureKind.BROKEN && plan.onBroken(head.method());
    Next next =
        worth && failure == FailureKind.UNREACHED && !hasUntried()
            ? Next.NOBODY_ELSE
            : decide(worth, failure == FailureKind.BROKEN ? "broken connection" : "never sent");
    if (next.retry()) {
      return next;
    }
    if (failure == FailureKind.OTHER) {
      cancel();
    } else {
      end(false);
    }
    return next;
  }

  /** A limit of policy passed without an answer, and the endpoint has been observed. */
  Next timedOut() {
    boolean over = deadlineNanos != 0 && now() - deadlineNanos >= 0;
    Next next = decide(!over && rule.retry().onTimeout(head.method()), "timeout");
    if (next.retry()) {
      return next;
    }
    if (outlivesItsCause()) {
      cancel();
    } else {
      end(false);
    }
    return Next.answer(outOfTime(over ? rule.requestNanos() : rule.attemptNanos()));
  }

  /** Given up; also while a next attempt is waited for. */
  void cancel() {
    if (permit != null) {
      permit.cancelled();
      permit = null;
    }
  }

  void end(boolean well) {
    if (permit != null) {
      if (well) {
        permit.success();
      } else {
        permit.failure();
      }
      permit = null;
    }
  }

  /** The budget is asked last: asking takes from it. */
  private Next decide(boolean worth, String why) {
    if (!worth) {
      return Next.DELIVER;
    }
    RetryPlan plan = rule.retry();
    if (attempts > plan.retries()) {
      return plan.retries() == 0 ? Next.DELIVER : Next.NO_RETRIES_LEFT;
    }
    if (!head.replayable()) {
      return Next.NOT_REPLAYABLE;
    }
    long now = now();
    double random = surroundings.random().applyAsInt(1 << 24) / (double) (1 << 24);
    long delay = plan.delayNanos(attempts - 1, random);
    if (deadlineNanos != 0 && now + delay - deadlineNanos >= 0) {
      return Next.NO_TIME_LEFT;
    }
    Permit mine = permit;
    if (mine == null || !mine.tryRetry(now)) {
      return Next.NO_BUDGET;
    }
    return Next.retry(delay, why);
  }

  // ---- facts, for attempts and hosts

  public Rule rule() {
    return rule;
  }

  /** How many attempts have been begun. */
  public int attempts() {
    return attempts;
  }

  RequestHead head() {
    return head;
  }

  int matched() {
    return matched;
  }

  Cause cause() {
    return cause;
  }

  long now() {
    return surroundings.nanoTime().getAsLong();
  }

  /** How long an attempt may take from now on; 0: as long as it likes. */
  long timeLeftNanos(long attemptDeadline) {
    long left = Long.MAX_VALUE;
    long now = now();
    if (deadlineNanos != 0) {
      left = deadlineNanos - now;
    }
    if (attemptDeadline != 0) {
      left = Math.min(left, attemptDeadline - now);
    }
    return left == Long.MAX_VALUE ? 0 : Math.max(1, left);
  }

  static long notZero(long nanos) {
    return nanos == 0 ? 1 : nanos;
  }
}

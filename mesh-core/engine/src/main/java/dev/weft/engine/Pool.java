package dev.weft.engine;

import dev.weft.engine.balance.Balancer;
import dev.weft.engine.balance.Easing;
import dev.weft.engine.balance.HashRing;
import dev.weft.engine.health.FailureRateBreaker;
import dev.weft.engine.health.RetryBudget;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that a call may go to, under one policy. It follows the Service's members and what
 * is seen of them by itself; get it from {@link Service#pool} when routes change, not for each
 * call. Thread-safe.
 */
public final class Pool {
  /**
   * So many places of the ring are looked at for an endpoint that is fit, before chance decides.
   */
  private static final int MAX_STEPS = 4_096;

  private static final Endpoint[] NONE = {};

  /**
   * What follows for this policy from a listing, and from what its checks have found. Immutable.
   */
  private static final class View {
    final Listing listing;
    final Endpoint[] ready;
    final Endpoint[] probe;

    /** Those that would be ready, if their checks did not fail. */
    final Endpoint[] failing;

    final boolean panic;
    final @Nullable Easing easing;

    View(Listing listing, Traffic traffic, @Nullable ActiveHealth health) {
      this.listing = listing;
      Endpoint[] fit = health == null ? listing.ready : health.only(false, listing.ready);
      this.probe = health == null ? listing.probe : health.only(false, listing.probe);
      this.failing = health == null ? NONE : health.only(true, listing.ready);
      this.panic = listing.panics(traffic.panic().percent(), fit.length + probe.length);
      this.ready = panic ? listing.usable : fit;
      this.easing = Easing.of(ready, traffic.balance().slowStartNanos());
    }
  }

  private final EndpointSet set;
  private final Traffic traffic;
  private final boolean hashes;
  private final Balancer balancer;
  private final RetryBudget budget;
  private final @Nullable FailureRateBreaker breaker;
  private final @Nullable ActiveHealth health;
  private volatile View view;

  Pool(EndpointSet set, Traffic traffic) {
    this.set = set;
    this.traffic = traffic;
    this.hashes = traffic.balance().type() == Balancing.CONSISTENT_HASH;
    this.balancer = balancer(traffic.balance().type(), set.service().surroundings().random());
    this.budget = set.service().budget(traffic.budget());
    Traffic.FailureRate rate = traffic.failureRate();
    this.breaker = rate == null ? null : set.breaker(rate);
    ActiveCheck check = traffic.activeCheck();
    this.health = check == null ? null : set.health(check);
    if (hashes) {
      set.hash();
    }
    this.view = new View(set.listing(), traffic, health);
  }

  private static Balancer balancer(Balancing type, IntUnaryOperator random) {
    switch (type) {
      case LEAST_REQUEST:
        return Balancer.leastRequest(random);
      case ROUND_ROBIN:
        return Balancer.roundRobin(random);
      case RANDOM:
      case CONSISTENT_HASH: // for requests that have nothing to hash
        return Balancer.random(random);
      default:
        return Balancer.peakEwma(random);
    }
  }

  public Service service() {
    return set.service();
  }

  public Traffic traffic() {
    return traffic;
  }

  /** Port of the URI that this is for; {@link Service#DEFAULT_PORT} if it had none. */
  public int port() {
    return set.port();
  }

  /** Whether it has no endpoint at all, not even one that drains. */
  public boolean isEmpty() {
    return set.listing().all.length == 0;
  }

  /** All its endpoints, in whatever state, for those who show them. */
  public Endpoint[] endpoints() {
    return set.listing().all.clone();
  }

  /** See {@link Service#pool}: brings everything up to date, so that the next pick need not. */
  void refresh() {
    view();
  }

  private View view() {
    Listing listing = set.listing();
    View known = view;
    if (known.listing == listing) {
      return known;
    }
    View made = new View(listing, traffic, health);
    view = made;
    return made;
  }

  /**
   * Picks the endpoint for one attempt. One that was ejected and whose time is over is tried at
   * once by the first who comes. If all have been tried, or nobody is fit, those are offered that
   * might do after all: suspect ones, then ready ones again, then those whose active checks fail,
   * unreachable and ejected ones; and when each has been tried, those again that can be reached,
   * because an answer of theirs is worth more to the application than our word for it.
   *
   * @return for one attempt only, see {@link Endpoint}; null if there is nobody (left)
   */
  public @Nullable Endpoint pick(Pick pick, long nowNanos) {
    ActiveHealth asked = health;
    if (asked != null) {
      asked.used(nowNanos);
    }
    View now = view();
    Listing listing = now.listing;
    if (hashes && listing.ring != null && pick.hashed() && !now.panic) {
      Endpoint owner = owner(listing.ring, now, pick, nowNanos);
      if (owner != null) {
        return owner;
      }
    } else if (now.probe.length > 0 && !(pick.retry() && now.ready.length > 0)) {
      Endpoint onProbation = probe(now.probe, pick, nowNanos);
      if (onProbation != null) {
        return onProbation;
      }
    }
    Easing easing = now.easing;
    if (easing != null && !easing.active(nowNanos)) {
      easing = null;
    }
    Endpoint picked = balancer.pick(now.ready, pick, nowNanos, easing);
    return picked != null ? picked : lastResort(now, pick, nowNanos);
  }

  private @Nullable Endpoint lastResort(View now, Pick pick, long nowNanos) {
    Listing listing = now.listing;
    Endpoint picked = first(pick, nowNanos, listing.suspect);
    if (picked == null) {
      picked = first(Pick.ANY, nowNanos, now.ready, listing.suspect);
    }
    if (picked == null) {
      picked =
          first(pick, nowNanos, now.failing, listing.unreachable, listing.ejected, listing.probe);
    }
    if (picked == null) {
      picked = first(Pick.ANY, nowNanos, now.failing, listing.ejected, listing.probe);
    }
    return picked;
  }

  /** One of the first of these tiers that has anybody. */
  private @Nullable Endpoint first(Pick pick, long nowNanos, Endpoint[]... tiers) {
    for (Endpoint[] tier : tiers) {
      Endpoint picked = balancer.pick(tier, pick, nowNanos, null);
      if (picked != null) {
        return picked;
      }
    }
    return null;
  }

  private static @Nullable Endpoint probe(Endpoint[] onProbation, Pick pick, long nowNanos) {
    for (Endpoint endpoint : onProbation) {
      if (!pick.tried(endpoint)) {
        Endpoint taken = endpoint.tryProbe(nowNanos);
        if (taken != null) {
          return taken;
        }
      }
    }
    return null;
  }

  /** Whose the hash is; if that one is not fit, or tried, the next one's on the ring, and so on. */
  private @Nullable Endpoint owner(HashRing ring, View now, Pick pick, long nowNanos) {
    if (ring.size() == 0 || now.ready.length + now.probe.length == 0) {
      return null;
    }
    int place = ring.place(pick.hash());
    for (int i = 0; i < MAX_STEPS; i++) {
      Endpoint endpoint = now.listing.all[ring.owner(place)];
      if (endpoint.facts().standing() == Endpoint.Standing.READY
          && !pick.tried(endpoint)
          && !(health != null && health.failing(endpoint))) {
        Endpoint.Health health = endpoint.health();
        if (health == Endpoint.Health.READY) {
          return endpoint;
        }
        Endpoint taken =
            health == Endpoint.Health.PROBE && !pick.retry() ? endpoint.tryProbe(nowNanos) : null;
        if (taken != null) {
          return taken;
        }
      }
      place = ring.next(place);
    }
    return null;
  }

  /** Whether there is an endpoint, in whatever state, where this request has not been yet. */
  public boolean hasUntried(Pick pick) {
    for (Endpoint endpoint : set.listing().usable) {
      if (!pick.tried(endpoint)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The endpoint at an address that the caller chose by itself, in whatever state; null if gone.
   */
  public @Nullable Endpoint pinned(String address, int port) {
    for (Endpoint endpoint : set.listing().all) {
      if (endpoint.facts().port() == port && endpoint.facts().address().equals(address)) {
        return endpoint;
      }
    }
    return null;
  }

  /** As {@link #admit(long, boolean)}, for a protocol that shares connections. */
  public Permit admit(long nowNanos) {
    return admit(nowNanos, true);
  }

  /**
   * Lets a call in, or says why not: too much going on, or the circuit breaker is open. To be asked
   * once a call, whatever its attempts.
   *
   * @param sharesConnection false if the call will have a connection for itself (HTTP/1.1): then it
   *     counts for {@code maxConnections}
   * @return see {@link Permit#refusal}; otherwise it has to be told how the call ended
   */
  public Permit admit(long nowNanos, boolean sharesConnection) {
    Traffic.Limits limits = traffic.limits();
    if (!set.requests.tryEnter(limits.requests())) {
      return full(limits.requests(), "requests", "maxParallelRequests");
    }
    if (!sharesConnection && !set.connections.tryEnter(limits.connections())) {
      set.requests.leave();
      return full(limits.connections(), "connections", "maxConnections");
    }
    FailureRateBreaker breaker = this.breaker;
    int era = 0;
    if (breaker != null) {
      era = breaker.tryAcquire();
      if (era < 0) {
        set.requests.leave();
        if (!sharesConnection) {
          set.connections.leave();
        }
        return open(breaker);
      }
    }
    budget.record(nowNanos);
    return new Permit(this, era, !sharesConnection);
  }

  /**
   * Whether a call may be tried again.
   *
   * @param first whether it is the call's first retry: it then counts as one that is going on
   */
  boolean tryRetry(boolean first, long nowNanos) {
    if (first && !set.retries.tryEnter(traffic.limits().retries())) {
      return false;
    }
    if (!budget.tryRetry(nowNanos)) {
      if (first) {
        set.retries.leave();
      }
      return false;
    }
    return true;
  }

  /** A call that was retrying is not any more. */
  void retried() {
    set.retries.leave();
  }

  /** A call is over; returns the circuit breaker that wants to know how it went, if any. */
  @Nullable FailureRateBreaker over(boolean connection, boolean retrying) {
    set.requests.leave();
    if (connection) {
      set.connections.leave();
    }
    if (retrying) {
      set.retries.leave();
    }
    return breaker;
  }

  private Permit full(int limit, String what, String setting) {
    return new Permit(
        new Decision.Refuse(
            503,
            "connection_limit_reached",
            traffic.limits().rule(),
            "this process has " + limit + " " + what + " going on (" + setting + ")",
            0));
  }

  private Permit open(FailureRateBreaker breaker) {
    Traffic.FailureRate rate = traffic.failureRate();
    return new Permit(
        new Decision.Refuse(
            503,
            "destination_unavailable",
            rate == null ? Traffic.DEFAULT_RULE : rate.rule(),
            "the circuit breaker is open: too many of the last calls failed",
            breaker.retryAfterSeconds()));
  }

  /** What retries may add; shared by all pools of the Service with the same settings for it. */
  public RetryBudget retryBudget() {
    return budget;
  }

  /** Whether the circuit breaker refuses calls, or only lets probes through. */
  public boolean breakerOpen() {
    return breaker != null && breaker.open();
  }
}

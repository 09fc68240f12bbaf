package dev.weft.engine.route;

import dev.weft.engine.Traffic;
import dev.weft.policy.BackendTrafficPolicy.Trigger;
import dev.weft.policy.HttpRoute;
import java.time.Duration;
import java.util.BitSet;
import java.util.Set;

/**
 * Which failures are worth another attempt, how many, and how long to wait before it. What a plan
 * asks for by the codes of answers is the owner's consent for every method: an answer says that the
 * server is done with the request. A connection that breaks says nothing of the kind, so that after
 * it only methods that may be repeated (RFC 9110) are; whatever the plan says, no POST is ever
 * delivered twice. Immutable.
 */
public final class RetryPlan {
  private static final int RETRIES = 2;
  private static final long BASE_NANOS = 25_000_000L;
  private static final long MAX_NANOS = 250_000_000L;

  /** Where no cap is given, as Envoy has it. */
  private static final int CAP = 10;

  /** Longer intervals make no sense, and would overflow. */
  private static final long LONGEST_NANOS = 3_600_000_000_000L;

  private static final Set<Integer> GATEWAY = Set.of(502, 503, 504);

  /** With no policy: two retries, of what is safe to be repeated. */
  public static final RetryPlan DEFAULT =
      new RetryPlan(RETRIES, GATEWAY, Set.of(), true, true, 0, BASE_NANOS, MAX_NANOS);

  /** Nothing is tried again. */
  static final RetryPlan NONE =
      new RetryPlan(0, Set.of(), Set.of(), false, false, 0, BASE_NANOS, MAX_NANOS);

  private final int retries;
  private final BitSet repeatable;
  private final BitSet consented;
  private final boolean broken;
  private final boolean unsent;
  private final long leastNanos;
  private final long baseNanos;
  private final long maxNanos;

  private RetryPlan(
      int retries,
      Set<Integer> repeatable,
      Set<Integer> consented,
      boolean broken,
      boolean unsent,
      long leastNanos,
      long baseNanos,
      long maxNanos) {
    this.retries = Math.min(retries, HttpRoute.MAX_ATTEMPTS);
    this.repeatable = bits(repeatable);
    this.consented = bits(consented);
    this.broken = broken;
    this.unsent = unsent;
    this.leastNanos = Math.min(leastNanos, LONGEST_NANOS);
    this.baseNanos = Math.min(baseNanos, LONGEST_NANOS);
    this.maxNanos = Math.min(Math.max(maxNanos, baseNanos), LONGEST_NANOS);
  }

  private static BitSet bits(Set<Integer> codes) {
    BitSet bits = new BitSet();
    for (int code : codes) {
      if (code >= 0 && code < 1000) {
        bits.set(code);
      }
    }
    return bits;
  }

  /** As a route's rule has it. */
  static RetryPlan of(HttpRoute.Retry retry) {
    Integer attempts = retry.attempts();
    Duration backoff = retry.backoff();
    // The Gateway API's backoff is the least wait, not the most.
    long least = backoff == null ? 0 : backoff.toNanos();
    long base = backoff == null ? BASE_NANOS : least;
    return new RetryPlan(
        attempts == null ? RETRIES : attempts,
        retry.codes().isEmpty() ? GATEWAY : Set.of(),
        retry.codes(),
        true,
        true,
        least,
        base,
        backoff == null ? MAX_NANOS : CAP * Math.min(base, LONGEST_NANOS));
  }

  /** As a traffic policy has it. */
  static RetryPlan of(Traffic.Retry retry) {
    Set<Trigger> triggers = retry.triggers();
    boolean unsaid = triggers.isEmpty() && retry.codes().isEmpty();
    BitSet codes = bits(retry.codes());
    if (triggers.contains(Trigger.SERVER_ERROR)) {
      codes.set(500, 600);
    }
    if (triggers.contains(Trigger.GATEWAY_ERROR)) {
      codes.set(502, 505);
    }
    if (triggers.contains(Trigger.RETRIABLE_4XX)) {
      codes.set(409);
    }
    boolean broken =
        triggers.isEmpty()
            || triggers.equals(Set.of(Trigger.RETRIABLE_STATUS_CODES))
            || triggers.contains(Trigger.SERVER_ERROR)
            || triggers.contains(Trigger.RESET);
    boolean unsent =
        broken
            || triggers.contains(Trigger.CONNECT_FAILURE)
            || triggers.contains(Trigger.REFUSED_STREAM);
    return new RetryPlan(
        retry.attempts(),
        unsaid ? GATEWAY : Set.of(),
        Set.copyOf(codes.stream().boxed().toList()),
        broken,
        unsent,
        0,
        retry.baseNanos(),
        retry.maxNanos());
  }

  /** How many attempts may follow the first. */
  public int retries() {
    return retries;
  }

  /** Whether an answer of this status is worth another attempt. */
  public boolean onStatus(int status, String method) {
    return consented.get(status) || repeatable.get(status) && isIdempotent(method);
  }

  /** Whether a request that the server may have begun is sent again when its connection breaks. */
  public boolean onBroken(String method) {
    return broken && isIdempotent(method);
  }

  /** Whether another attempt is made where one took too long: the server may still be at it. */
  public boolean onTimeout(String method) {
    return isIdempotent(method) && (broken || onStatus(504, method));
  }

  /** Whether a request that the server cannot have seen is sent again; any method may be. */
  public boolean onUnsent() {
    return unsent;
  }

  /**
   * How long to wait before a retry: full jitter, over a least time if the owner gave one.
   *
   * @param retry 0 for the first
   * @param random at least 0, below 1
   */
  public long delayNanos(int retry, double random) {
    long most = Math.min(maxNanos, baseNanos << Math.min(retry, HttpRoute.MAX_ATTEMPTS));
    return Math.min(leastNanos + (long) (most * random), Math.max(leastNanos, maxNanos));
  }

  /** The methods that RFC 9110 lets be repeated, but for TRACE, which nobody sends. */
  static boolean isIdempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "PUT", "DELETE" -> true;
      default -> false;
    };
  }

  @Override
  public String toString() {
    return retries
        + " retries on "
        + (consented.isEmpty() ? repeatable + " of methods that may be repeated" : consented)
        + (broken ? ", broken connections" : "")
        + (unsent ? ", requests never sent" : "");
  }
}

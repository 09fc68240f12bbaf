package dev.weft.engine.route;

import dev.weft.engine.Traffic;
import dev.weft.policy.BackendTrafficPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One rule of a route, or the implicit one of a Service without routes. Immutable. */
public final class Rule {
  /**
   * Where copies of some requests go.
   *
   * @param numerator of the fraction
   * @param denominator over 0
   */
  public record Mirror(Backend backend, int numerator, int denominator) {}

  private final String name;
  private final List<Backend> backends;
  private final int[] upTo;
  private final @Nullable RedirectTo redirect;
  private final List<Mirror> mirrors;
  private final long requestNanos;
  private final long attemptNanos;
  private final RetryPlan retry;
  private final Traffic.@Nullable Fault fault;
  private final BackendTrafficPolicy.@Nullable Hash hash;

  Rule(
      String name,
      List<Backend> backends,
      @Nullable RedirectTo redirect,
      List<Mirror> mirrors,
      long requestNanos,
      long attemptNanos,
      RetryPlan retry,
      Traffic.@Nullable Fault fault,
      BackendTrafficPolicy.@Nullable Hash hash) {
    this.name = name;
    this.backends = List.copyOf(backends);
    this.redirect = redirect;
    this.mirrors = List.copyOf(mirrors);
    this.requestNanos = requestNanos;
    this.attemptNanos = attemptNanos;
    this.retry = retry;
    this.fault = fault;
    this.hash = hash;
    this.upTo = new int[backends.size()];
    int sum = 0;
    for (int i = 0; i < upTo.length; i++) {
      sum = (int) Math.min(Integer.MAX_VALUE, (long) sum + backends.get(i).weight());
      upTo[i] = sum;
    }
  }

  /** A rule that only has a name. */
  public static Rule none(String name) {
    return new Rule(name, List.of(), null, List.of(), 0, 0, RetryPlan.NONE, null, null);
  }

  /** Such as {@code default/canary[0]}: what decisions are named after. */
  public String name() {
    return name;
  }

  public List<Backend> backends() {
    return backends;
  }

  /** The sum of all weights; 0: nobody gets anything. */
  public int totalWeight() {
    return upTo.length == 0 ? 0 : upTo[upTo.length - 1];
  }

  /**
   * The backend that a point falls to.
   *
   * @param point 0 to {@link #totalWeight}, exclusive
   */
  public Backend backend(int point) {
    int i = 0;
    while (point >= upTo[i]) {
      i++;
    }
    return backends.get(i);
  }

  /** The redirect that answers; null if there is none. */
  public @Nullable RedirectTo redirect() {
    return redirect;
  }

  public List<Mirror> mirrors() {
    return mirrors;
  }

  /** How long a request may take with all its attempts; 0: as long as it likes. */
  public long requestNanos() {
    return requestNanos;
  }

  /** How long one attempt may take; 0: as long as it likes. */
  public long attemptNanos() {
    return attemptNanos;
  }

  public RetryPlan retry() {
    return retry;
  }

  /** Null if nothing is to be injected. */
  public Traffic.@Nullable Fault fault() {
    return fault;
  }

  /** What of the request decides its backend and its endpoint; null: nothing. */
  public BackendTrafficPolicy.@Nullable Hash hash() {
    return hash;
  }

  @Override
  public String toString() {
    return name;
  }
}

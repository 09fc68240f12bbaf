package dev.weft.policy;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code BackendTrafficPolicy} of Envoy Gateway: how the endpoints of a Service, or what a route
 * sends, are treated. A null means that the next wider policy, or the default, decides. Immutable.
 *
 * @param targets never empty
 */
public record BackendTrafficPolicy(
    Metadata metadata,
    List<Target> targets,
    @Nullable LoadBalancer loadBalancer,
    @Nullable Ejection ejection,
    @Nullable ActiveCheck activeCheck,
    @Nullable Integer panicThreshold,
    @Nullable Limits limits,
    @Nullable FailureRate failureRate,
    @Nullable Retry retry,
    @Nullable RetryBudget retryBudget,
    @Nullable Timeout timeout,
    @Nullable Fault fault,
    @Nullable RateLimit rateLimit) {
  public BackendTrafficPolicy {
    targets = List.copyOf(targets);
  }

  /** Without a rate limit. */
  public BackendTrafficPolicy(
      Metadata metadata,
      List<Target> targets,
      @Nullable LoadBalancer loadBalancer,
      @Nullable Ejection ejection,
      @Nullable ActiveCheck activeCheck,
      @Nullable Integer panicThreshold,
      @Nullable Limits limits,
      @Nullable FailureRate failureRate,
      @Nullable Retry retry,
      @Nullable RetryBudget retryBudget,
      @Nullable Timeout timeout,
      @Nullable Fault fault) {
    this(
        metadata,
        targets,
        loadBalancer,
        ejection,
        activeCheck,
        panicThreshold,
        limits,
        failureRate,
        retry,
        retryBudget,
        timeout,
        fault,
        null);
  }

  public static final Kind KIND =
      new Kind(
          "BackendTrafficPolicy",
          "backendtrafficpolicies",
          List.of("btp"),
          List.of("gateway.envoyproxy.io/v1alpha1"),
          false,
          BackendTrafficPolicyReader::read,
          BackendTrafficPolicyReview::review);

  /**
   * What the policy is for, in its own namespace.
   *
   * @param route whether an HTTPRoute; else a Service
   * @param section a port of the Service, or a rule of the route, by name; null: all of it
   */
  public record Target(boolean route, String name, @Nullable String section) {}

  /**
   * How an endpoint is chosen.
   *
   * @param hash for {@link Balancing#CONSISTENT_HASH}; null for the others
   * @param slowStart how long a new endpoint is eased in; null: 30 s
   */
  public record LoadBalancer(Balancing type, @Nullable Hash hash, @Nullable Duration slowStart) {}

  /** Ways to choose an endpoint; all but the first are Envoy's. */
  public enum Balancing {
    PEAK_EWMA,
    LEAST_REQUEST,
    ROUND_ROBIN,
    RANDOM,
    CONSISTENT_HASH
  }

  /**
   * What of a request is hashed. A request without it is balanced at random.
   *
   * @param cookie whether the name is a cookie's; else a header's, in lower case
   */
  public record Hash(boolean cookie, String name) {}

  /**
   * {@code healthCheck.passive}: when one endpoint is left alone for a while.
   *
   * @param consecutiveErrors failures in a row (5xx, reset, timeout); null: 5; 0: never ejected
   * @param baseEjectionTime doubled each time; null: 10 s
   * @param maxEjectionPercent of a Service's endpoints, 0 to 100; null: 50
   */
  public record Ejection(
      @Nullable Integer consecutiveErrors,
      @Nullable Duration baseEjectionTime,
      @Nullable Integer maxEjectionPercent) {}

  /** {@code healthCheck.active} by HTTP. */
  public record ActiveCheck(
      String path,
      Set<Integer> statuses,
      Duration interval,
      Duration timeout,
      int unhealthyThreshold,
      int healthyThreshold) {
    public ActiveCheck {
      statuses = Set.copyOf(statuses);
    }
  }

  /** {@code circuitBreaker}: how much may go on at once; null: 1,024. */
  public record Limits(
      @Nullable Integer maxParallelRequests,
      @Nullable Integer maxPendingRequests,
      @Nullable Integer maxConnections,
      @Nullable Integer maxParallelRetries) {}

  /**
   * {@code circuitBreaker.failureRate}, ours: when all of a Service is left alone for a while.
   *
   * @param threshold percent of failures that opens, over 0, at most 100
   * @param minimumRequests in the window, before it may open
   * @param window 1 s to 5 min
   * @param openDuration until it is tried again
   */
  public record FailureRate(
      int threshold, int minimumRequests, Duration window, Duration openDuration) {}

  /**
   * {@code retry}: as {@link HttpRoute.Retry}, for whatever the route does not decide.
   *
   * @param numRetries null: 2
   * @param codes from {@code retryOn}; empty: the default ones
   * @param perRetryTimeout null: none
   */
  public record Retry(
      @Nullable Integer numRetries,
      Set<Integer> codes,
      Set<Trigger> triggers,
      @Nullable Duration perRetryTimeout,
      @Nullable Duration baseInterval,
      @Nullable Duration maxInterval) {
    public Retry {
      codes = Set.copyOf(codes);
      triggers = Set.copyOf(triggers);
    }
  }

  /** What is worth another attempt, with Envoy's meanings; {@code 5xx} and so on. */
  public enum Trigger {
    SERVER_ERROR,
    GATEWAY_ERROR,
    RESET,
    CONNECT_FAILURE,
    RETRIABLE_4XX,
    REFUSED_STREAM,
    RETRIABLE_STATUS_CODES
  }

  /**
   * {@code retryConstraint}, the Gateway API's: what retries may add to the traffic.
   *
   * @param percent of requests, 0 to 100
   * @param interval over which they are counted
   * @param minPerSecond that are allowed in any case
   */
  public record RetryBudget(int percent, Duration interval, double minPerSecond) {}

  /**
   * {@code timeout}.
   *
   * @param connect of a connection; null: the client's own
   * @param request of a whole request; null: none
   */
  public record Timeout(@Nullable Duration connect, @Nullable Duration request) {}

  /**
   * {@code faultInjection}, decided once a request, before it is sent.
   *
   * @param delay null: none
   * @param delayPercent 0 to 100
   * @param abortStatus 200 to 599; null: none
   * @param abortPercent 0 to 100
   */
  public record Fault(
      @Nullable Duration delay,
      double delayPercent,
      @Nullable Integer abortStatus,
      double abortPercent) {}

  /** What decisions of this policy are named after. */
  public String rule() {
    return "BackendTrafficPolicy " + metadata.namespace() + "/" + metadata.name();
  }
}

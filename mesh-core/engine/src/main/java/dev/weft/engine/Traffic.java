package dev.weft.engine;

import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import dev.weft.policy.BackendTrafficPolicy.Hash;
import dev.weft.policy.BackendTrafficPolicy.Trigger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the traffic to a Service is treated, every default applied (contracts §5, §6). Each part
 * comes whole from the narrowest policy that has it, and remembers that policy, so that a decision
 * can name its rule. Immutable; two that are equal share what is kept for them.
 *
 * @param panic below this percentage of usable endpoints all of them are used, whatever was seen of
 *     them; 0: never
 * @param activeCheck null: none
 * @param failureRate null: no circuit breaker
 * @param fault null: none
 */
public record Traffic(
    Balance balance,
    Ejection ejection,
    Panic panic,
    @Nullable ActiveCheck activeCheck,
    Limits limits,
    @Nullable FailureRate failureRate,
    Retry retry,
    Budget budget,
    Timeouts timeouts,
    @Nullable Fault fault) {
  /** What a part is named after that no policy set. */
  public static final String DEFAULT_RULE = "mesh default";

  /**
   * How an endpoint is chosen.
   *
   * @param hash for {@link Balancing#CONSISTENT_HASH}; null for the others
   * @param slowStartNanos how long a new endpoint is eased in; 0: not at all
   */
  public record Balance(Balancing type, @Nullable Hash hash, long slowStartNanos, String rule) {}

  /**
   * When one endpoint is left alone.
   *
   * @param failures in a row; 0: never
   * @param baseNanos the first time; doubled each time, up to 300 s
   * @param maxPercent of the endpoints, 0 to 100; 0: never
   */
  public record Ejection(int failures, long baseNanos, int maxPercent, String rule) {}

  /** See {@link Traffic#panic}. */
  public record Panic(int percent, String rule) {}

  /** How much may go on at once, of one process. */
  public record Limits(int requests, int pending, int connections, int retries, String rule) {}

  /**
   * When a whole Service is left alone.
   *
   * @param threshold percent of failures, over 0 to 100
   * @param windowSeconds at least 1
   */
  public record FailureRate(
      int threshold, int minimumRequests, int windowSeconds, long openNanos, String rule) {}

  /**
   * What is sent again.
   *
   * @param attempts retries, not tries
   * @param codes statuses worth a retry; empty: the default ones
   * @param triggers empty: the default ones
   * @param perTryNanos 0: no limit
   * @param given whether an owner asked for it: then it is for any method
   */
  public record Retry(
      int attempts,
      Set<Integer> codes,
      Set<Trigger> triggers,
      long perTryNanos,
      long baseNanos,
      long maxNanos,
      boolean given,
      String rule) {
    public Retry {
      codes = Set.copyOf(codes);
      triggers = Set.copyOf(triggers);
    }
  }

  /** What retries may add to the traffic of a Service. */
  public record Budget(int percent, long windowNanos, double minPerSecond, String rule) {}

  /**
   * How long things may take; 0: as long as they take.
   *
   * @param requestNanos over all attempts
   */
  public record Timeouts(long connectNanos, long requestNanos, String rule) {}

  /** A fault to be made on purpose; percentages 0 to 100. */
  public record Fault(
      long delayNanos, double delayPercent, int abortStatus, double abortPercent, String rule) {}

  /** Without any policy. */
  public static final Traffic DEFAULT = of(List.of());

  /**
   * Resolves what policies say.
   *
   * @param narrowestFirst those that apply; may be empty
   */
  public static Traffic of(List<BackendTrafficPolicy> narrowestFirst) {
    return new Traffic(
        balance(first(narrowestFirst, BackendTrafficPolicy::loadBalancer)),
        ejection(first(narrowestFirst, BackendTrafficPolicy::ejection)),
        panic(first(narrowestFirst, BackendTrafficPolicy::panicThreshold)),
        first(narrowestFirst, BackendTrafficPolicy::activeCheck).part,
        limits(first(narrowestFirst, BackendTrafficPolicy::limits)),
        failureRate(first(narrowestFirst, BackendTrafficPolicy::failureRate)),
        retry(first(narrowestFirst, BackendTrafficPolicy::retry)),
        budget(first(narrowestFirst, BackendTrafficPolicy::retryBudget)),
        timeouts(first(narrowestFirst, BackendTrafficPolicy::timeout)),
        fault(first(narrowestFirst, BackendTrafficPolicy::fault)));
  }

  /** A part of a policy, if any has it, and whose. */
  private record Found<T>(@Nullable T part, String rule) {}

  private static <T> Found<T> first(
      List<BackendTrafficPolicy> policies, Function<BackendTrafficPolicy, @Nullable T> part) {
    for (BackendTrafficPolicy policy : policies) {
      T found = part.apply(policy);
      if (found != null) {
        return new Found<>(found, policy.rule());
      }
    }
    return new Found<>(null, DEFAULT_RULE);
  }

  private static Balance balance(Found<BackendTrafficPolicy.LoadBalancer> found) {
    BackendTrafficPolicy.LoadBalancer part = found.part;
    long slowStart = nanos(part == null ? null : part.slowStart(), Duration.ofSeconds(30));
    return part == null
        ? new Balance(Balancing.PEAK_EWMA, null, slowStart, found.rule)
        : new Balance(part.type(), part.hash(), slowStart, found.rule);
  }

  private static Ejection ejection(Found<BackendTrafficPolicy.Ejection> found) {
    BackendTrafficPolicy.Ejection part = found.part;
    return new Ejection(
        or(part == null ? null : part.consecutiveErrors(), 5),
        nanos(part == null ? null : part.baseEjectionTime(), Duration.ofSeconds(10)),
        or(part == null ? null : part.maxEjectionPercent(), 50),
        found.rule);
  }

  private static Panic panic(Found<Integer> found) {
    return new Panic(or(found.part, 0), found.rule);
  }

  private static Limits limits(Found<BackendTrafficPolicy.Limits> found) {
    BackendTrafficPolicy.Limits part = found.part;
    int most = 1_024;
    return new Limits(
        or(part == null ? null : part.maxParallelRequests(), most),
        or(part == null ? null : part.maxPendingRequests(), most),
        or(part == null ? null : part.maxConnections(), most),
        or(part == null ? null : part.maxParallelRetries(), most),
        found.rule);
  }

  private static @Nullable FailureRate failureRate(Found<BackendTrafficPolicy.FailureRate> found) {
    BackendTrafficPolicy.FailureRate part = found.part;
    return part == null
        ? null
        : new FailureRate(
            part.threshold(),
            part.minimumRequests(),
            (int) Math.max(1, part.window().toSeconds()),
            part.openDuration().toNanos(),
            found.rule);
  }

  private static Retry retry(Found<BackendTrafficPolicy.Retry> found) {
    BackendTrafficPolicy.Retry part = found.part;
    long base = nanos(part == null ? null : part.baseInterval(), Duration.ofMillis(25));
    long max = nanos(part == null ? null : part.maxInterval(), Duration.ofMillis(250));
    return new Retry(
        or(part == null ? null : part.numRetries(), 2),
        part == null ? Set.of() : part.codes(),
        part == null ? Set.of() : part.triggers(),
        nanos(part == null ? null : part.perRetryTimeout(), Duration.ZERO),
        base,
        Math.max(base, max),
        part != null,
        found.rule);
  }

  private static Budget budget(Found<BackendTrafficPolicy.RetryBudget> found) {
    BackendTrafficPolicy.RetryBudget part = found.part;
    return part == null
        ? new Budget(20, Duration.ofSeconds(10).toNanos(), 10, found.rule)
        : new Budget(part.percent(), part.interval().toNanos(), part.minPerSecond(), found.rule);
  }

  private static Timeouts timeouts(Found<BackendTrafficPolicy.Timeout> found) {
    BackendTrafficPolicy.Timeout part = found.part;
    return new Timeouts(
        nanos(part == null ? null : part.connect(), Duration.ZERO),
        nanos(part == null ? null : part.request(), Duration.ZERO),
        found.rule);
  }

  private static @Nullable Fault fault(Found<BackendTrafficPolicy.Fault> found) {
    BackendTrafficPolicy.Fault part = found.part;
    return part == null
        ? null
        : new Fault(
            nanos(part.delay(), Duration.ZERO),
            part.delayPercent(),
            or(part.abortStatus(), 0),
            part.abortPercent(),
            found.rule);
  }

  private static int or(@Nullable Integer given, int otherwise) {
    return given == null ? otherwise : given;
  }

  private static long nanos(@Nullable Duration given, Duration otherwise) {
    return (given == null ? otherwise : given).toNanos();
  }
}

package dev.weft.perf;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Permit;
import dev.weft.engine.Pick;
import dev.weft.engine.Pool;
import dev.weft.engine.Service;
import dev.weft.engine.Traffic;
import dev.weft.policy.BackendTrafficPolicy;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import dev.weft.policy.Metadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a call costs in the engine from its pool of endpoints on: let in, picked, ended well. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class PoolBenchmark {
  private static final long RTT_NANOS = 2_000_000L;

  /** How endpoints are chosen. */
  @Param public Balancing balancing = Balancing.PEAK_EWMA;

  /** Whether one endpoint has failed a little, and a circuit breaker watches the Service. */
  @Param({"false", "true"})
  public boolean breakers;

  @SuppressWarnings("NullAway.Init") // by the framework, before anything else
  private Pool pool;

  /** Makes the endpoints. Called by JMH. */
  @Setup(Level.Trial)
  public void setUp() {
    Service service = BenchService.make(BenchService.surroundings());
    pool = service.pool(Map.of("version", "v1"), -1, Traffic.of(List.of(policy())));
    if (breakers) {
      for (Endpoint endpoint : pool.endpoints()) {
        endpoint.begin();
        endpoint.end(System.nanoTime(), RTT_NANOS, Endpoint.Outcome.FAILURE);
      }
    }
  }

  private BackendTrafficPolicy policy() {
    return new BackendTrafficPolicy(
        new Metadata("default", "bench", Map.of(), Map.of(), null),
        List.of(new BackendTrafficPolicy.Target(false, "orders", null)),
        new BackendTrafficPolicy.LoadBalancer(balancing, null, null),
        null,
        null,
        null,
        null,
        breakers
            ? new BackendTrafficPolicy.FailureRate(
                50, 100, Duration.ofSeconds(10), Duration.ofSeconds(5))
            : null,
        null,
        null,
        null,
        null);
  }

  /** Lets a call in, picks its endpoint, and ends both well. */
  @Benchmark
  public @Nullable Endpoint call() {
    long now = System.nanoTime();
    Permit permit = pool.admit(now);
    Endpoint endpoint = pool.pick(new Request(now), now);
    if (endpoint != null) {
      endpoint.begin();
      endpoint.end(now + RTT_NANOS, RTT_NANOS, Endpoint.Outcome.SUCCESS);
    }
    permit.success();
    return endpoint;
  }

  /** A request that has something to hash, and has tried nobody yet. */
  private record Request(long hash) implements Pick {
    @Override
    public boolean hashed() {
      return true;
    }

    @Override
    public boolean tried(Endpoint endpoint) {
      return false;
    }
  }
}

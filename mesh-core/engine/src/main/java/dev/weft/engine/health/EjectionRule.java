package dev.weft.engine.health;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.internal.CircuitBreakerStateMachine;
import java.util.function.LongSupplier;

/** When an endpoint is ejected, and for how long. Immutable; many ejectors share one. */
public final class EjectionRule {
  /** However often: it is tried again after this. */
  private static final long MAX_NANOS = 300_000_000_000L;

  private final CircuitBreakerConfig config;
  private final long baseNanos;

  /**
   * @param failures in a row that eject, at least 1
   * @param baseNanos how long the first time; doubled each time up to 300 s, or up to itself if it
   *     is more
   * @param nanoTime the engine's clock
   */
  public EjectionRule(int failures, long baseNanos, LongSupplier nanoTime) {
    this.baseNanos = baseNanos;
    this.config =
        CircuitBreakerConfig.custom()
            // N of the last N, and no fewer: N in a row.
            .slidingWindow(failures, failures, SlidingWindowType.COUNT_BASED)
            .failureRateThreshold(100)
            .permittedNumberOfCallsInHalfOpenState(1)
            .waitIntervalFunctionInOpenState(ejections -> Math.max(1, millis(ejections)))
            // Its scheduler stays off: our timer lists the endpoint again.
            .automaticTransitionFromOpenToHalfOpenEnabled(false)
            .writableStackTraceEnabled(false)
            .clock(new EngineClock(nanoTime))
            .build();
    // Loads its classes. At the first failure there may be no file descriptor left to do so, and a
    // class that could not be loaded once is not tried again.
    newBreaker();
  }

  CircuitBreaker newBreaker() {
    return new CircuitBreakerStateMachine("endpoint", config);
  }

  /** How long the n-th ejection in a row lasts, n from 1. */
  long nanos(int ejections) {
    long most = Math.max(MAX_NANOS, baseNanos);
    return baseNanos >= most >> Math.min(ejections - 1, 62) ? most : baseNanos << (ejections - 1);
  }

  private long millis(int ejections) {
    return nanos(ejections) / 1_000_000;
  }
}

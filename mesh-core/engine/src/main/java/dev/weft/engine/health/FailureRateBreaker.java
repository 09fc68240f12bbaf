package dev.weft.engine.health;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.circuitbreaker.internal.CircuitBreakerStateMachine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The circuit breaker of a whole Service: opens when too many calls fail for good, and then lets a
 * few probes decide. Resilience4j's, over a time-based window. Thread-safe.
 *
 * <p>An outcome counts only in the state in which its call was let through: what was begun while
 * closed says nothing about the probes, and frees none of their permits.
 */
public final class FailureRateBreaker {
  private static final int MAX_PROBES = 10;

  private final CircuitBreaker breaker;
  private final LongSupplier nanoTime;
  private final long openNanos;
  private final long patienceNanos;
  private CircuitBreaker.State last = CircuitBreaker.State.CLOSED;
  private int era;
  private long since;

  /**
   * @param threshold percent of failures that opens, over 0 to 100
   * @param minimumCalls in the window before it may open
   */
  public FailureRateBreaker(
      int threshold, int minimumCalls, int windowSeconds, long openNanos, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.openNanos = openNanos;
    // Probes that never end (long polls) must not keep everybody out for ever.
    this.patienceNanos = Math.max(openNanos, 30_000_000_000L);
    this.since = nanoTime.getAsLong();
    CircuitBreakerConfig config =
        CircuitBreakerConfig.custom()
            .slidingWindow(windowSeconds, minimumCalls, SlidingWindowType.TIME_BASED)
            .failureRateThreshold(threshold)
            .waitDurationInOpenState(Duration.ofNanos(Math.max(1_000_000L, openNanos)))
            .permittedNumberOfCallsInHalfOpenState(Math.min(MAX_PROBES, minimumCalls))
            .automaticTransitionFromOpenToHalfOpenEnabled(false)
            .writableStackTraceEnabled(false)
            .clock(new EngineClock(nanoTime))
            .build();
    this.breaker = new CircuitBreakerStateMachine("service", config);
  }

  /**
   * Asks to let a call through.
   *
   * @return what {@link #ended} is to be told when it is over; -1: it is not let through
   */
  public synchronized int tryAcquire() {
    boolean acquired = breaker.tryAcquirePermission();
    note();
    if (!acquired
        && last == CircuitBreaker.State.HALF_OPEN
        && nanoTime.getAsLong() - since > patienceNanos) {
      breaker.transitionToOpenState();
      note();
    }
    return acquired ? era : -1;
  }

  /** A call that was let through is over. To be told exactly once. */
  public synchronized void succeeded(int eraOfCall) {
    if (eraOfCall == era) {
      breaker.onSuccess(0, TimeUnit.NANOSECONDS);
      note();
    }
  }

  /** As {@link #succeeded}, of a call that failed for good. */
  public synchronized void failed(int eraOfCall) {
    if (eraOfCall == era) {
      breaker.onError(0, TimeUnit.NANOSECONDS, Failed.FAILED);
      note();
    }
  }

  /** As {@link #succeeded}, of a call that says nothing about the Service. */
  public synchronized void released(int eraOfCall) {
    if (eraOfCall == era) {
      breaker.releasePermission();
    }
  }

  /** How long to wait before it is worth asking again, in whole seconds, at least 1. */
  public synchronized int retryAfterSeconds() {
    long left = last == CircuitBreaker.State.OPEN ? openNanos - (nanoTime.getAsLong() - since) : 0;
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, (left + 999_999_999L) / 1_000_000_000L));
  }

  /** Whether calls are refused, or only probes let through. */
  public synchronized boolean open() {
    return last != CircuitBreaker.State.CLOSED;
  }

  private void note() {
    CircuitBreaker.State now = breaker.getState();
    if (now != last) {
      last = now;
      era = era == Integer.MAX_VALUE ? 0 : era + 1;
      since = nanoTime.getAsLong();
    }
  }
}

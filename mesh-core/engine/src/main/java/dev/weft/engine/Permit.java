package dev.weft.engine;

import dev.weft.engine.health.FailureRateBreaker;
import dev.weft.engine.health.RetryBudget;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Leave for one call to go out, or the refusal. A call that was let in ends in exactly one of
 * {@link #success}, {@link #failure} and {@link #cancelled}: the first one counts, others after it
 * do nothing. Thread-safe.
 */
public final class Permit {
  private static final AtomicIntegerFieldUpdater<Permit> STATE =
      AtomicIntegerFieldUpdater.newUpdater(Permit.class, "state");
  private static final int OVER = 1;
  private static final int RETRYING = 2;

  private final Decision.@Nullable Refuse refusal;
  private final @Nullable EndpointSet set;
  private final int maxRetries;
  private final @Nullable RetryBudget budget;
  private final @Nullable FailureRateBreaker breaker;
  private final int era;
  private final boolean connection;
  private volatile int state;

  Permit(
      EndpointSet set,
      int maxRetries,
      RetryBudget budget,
      @Nullable FailureRateBreaker breaker,
      int era,
      boolean connection) {
    this.refusal = null;
    this.set = set;
    this.maxRetries = maxRetries;
    this.budget = budget;
    this.breaker = breaker;
    this.era = era;
    this.connection = connection;
  }

  Permit(Decision.Refuse refusal) {
    this.refusal = refusal;
    this.set = null;
    this.maxRetries = 0;
    this.budget = null;
    this.breaker = null;
    this.era = -1;
    this.connection = false;
    this.state = OVER;
  }

  /** Why the call may not go out; null if it may. */
  public Decision.@Nullable Refuse refusal() {
    return refusal;
  }

  /**
   * Asks for another attempt of this call: the retry budget and {@code maxParallelRetries} have a
   * say. A call that retries counts as one parallel retry until it is over.
   */
  public boolean tryRetry(long nowNanos) {
    EndpointSet set = this.set;
    RetryBudget budget = this.budget;
    int was = state;
    if (set == null || budget == null || (was & OVER) != 0) {
      return false;
    }
    boolean first = (was & RETRYING) == 0;
    if (first && !set.retries.tryEnter(maxRetries)) {
      return false;
    }
    if (!budget.tryRetry(nowNanos)) {
      if (first) {
        set.retries.leave();
      }
      return false;
    }
    if (first && !STATE.compareAndSet(this, was, was | RETRYING)) {
      // The call was cancelled meanwhile, and nobody else would give this one back.
      set.retries.leave();
      return false;
    }
    return true;
  }

  /** The last attempt got an answer that is no failure. */
  public void success() {
    if (over() && breaker != null) {
      breaker.succeeded(era);
    }
  }

  /** The last attempt failed (5xx, reset, timeout): the call has failed for good. */
  public void failure() {
    if (over() && breaker != null) {
      breaker.failed(era);
    }
  }

  /** The call was given up, or ended by the mesh: that says nothing about the Service. */
  public void cancelled() {
    if (over() && breaker != null) {
      breaker.released(era);
    }
  }

  private boolean over() {
    int was = STATE.getAndUpdate(this, state -> state | OVER);
    EndpointSet set = this.set;
    if ((was & OVER) != 0 || set == null) {
      return false;
    }
    set.requests.leave();
    if (connection) {
      set.connections.leave();
    }
    if ((was & RETRYING) != 0) {
      set.retries.leave();
    }
    return true;
  }
}

package dev.weft.engine;

import dev.weft.engine.health.FailureRateBreaker;
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

  /** Null for a refusal. */
  private final @Nullable Pool pool;

  private final int era;
  private final boolean connection;
  private volatile int state;

  /**
   * @param era of the pool's circuit breaker
   * @param connection whether it counts as one
   */
  Permit(Pool pool, int era, boolean connection) {
    this.refusal = null;
    this.pool = pool;
    this.era = era;
    this.connection = connection;
  }

  Permit(Decision.Refuse refusal) {
    this.refusal = refusal;
    this.pool = null;
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
    Pool pool = this.pool;
    int was = state;
    if (pool == null || (was & OVER) != 0) {
      return false;
    }
    boolean first = (was & RETRYING) == 0;
    if (!pool.tryRetry(first, nowNanos)) {
      return false;
    }
    if (first && !STATE.compareAndSet(this, was, was | RETRYING)) {
      // The call was cancelled meanwhile, and nobody else would give this one back.
      pool.retried();
      return false;
    }
    return true;
  }

  /** The last attempt got an answer that is no failure. */
  public void success() {
    FailureRateBreaker told = over();
    if (told != null) {
      told.succeeded(era);
    }
  }

  /** The last attempt failed (5xx, reset, timeout): the call has failed for good. */
  public void failure() {
    FailureRateBreaker told = over();
    if (told != null) {
      told.failed(era);
    }
  }

  /** The call was given up, or ended by the mesh: that says nothing about the Service. */
  public void cancelled() {
    FailureRateBreaker told = over();
    if (told != null) {
      told.released(era);
    }
  }

  /** Gives back what the call had; the circuit breaker, if there is one, and this is news to it. */
  private @Nullable FailureRateBreaker over() {
    Pool pool = this.pool;
    int was = STATE.getAndUpdate(this, state -> state | OVER);
    if ((was & OVER) != 0 || pool == null) {
      return null;
    }
    return pool.over(connection, (was & RETRYING) != 0);
  }
}

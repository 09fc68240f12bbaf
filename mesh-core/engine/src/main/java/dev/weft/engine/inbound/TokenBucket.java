package dev.weft.engine.inbound;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket: so many requests at once, refilled evenly over a window. Kept as one number, the
 * time at which it is full again, so that it is exact under any number of threads and takes no
 * timer. Times are differences of a clock that may begin anywhere.
 */
final class TokenBucket {
  private final AtomicLong fullAt;
  private final long perToken;
  private final long window;

  /**
   * @param tokens 0: none ever
   * @param windowNanos in which that many come back
   */
  TokenBucket(int tokens, long windowNanos, long nowNanos) {
    // Without the division's rest, so that a full bucket holds exactly that many.
    this.perToken = tokens == 0 ? 2 * windowNanos : windowNanos / tokens;
    this.window = tokens == 0 ? windowNanos : perToken * tokens;
    this.fullAt = new AtomicLong(nowNanos);
  }

  /**
   * Takes a token.
   *
   * @return 0, or the nanoseconds until there is one
   */
  long take(long nowNanos) {
    while (true) {
      long old = fullAt.get();
      long from = old - nowNanos > 0 ? old : nowNanos;
      long next = from + perToken;
      long over = next - nowNanos - window;
      if (over > 0) {
        return over;
      }
      if (fullAt.compareAndSet(old, next)) {
        return 0;
      }
    }
  }

  /** Gives back a token that was taken for nothing. */
  void giveBack() {
    fullAt.addAndGet(-perToken);
  }

  /** The nanoseconds until it is full; 0 if it is. */
  long untilFull(long nowNanos) {
    return Math.max(0, fullAt.get() - nowNanos);
  }
}

package dev.weft.engine.health;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How much retries may add to the traffic: a percentage of the requests of a sliding window, and a
 * few a second in any case. Without it, retries of many callers would bring down what is only slow.
 * Thread-safe; takes no lock for a request.
 */
public final class RetryBudget {
  private static final int SLICES = 10;
  private static final long COUNT_MASK = 0xFFFF_FFFFL;

  private final int percent;
  private final long sliceNanos;
  private final double reserve;
  private final long originNanos;

  /** For each slice its number, counted from the origin (upper half), and a count (lower half). */
  private final AtomicLongArray requests = new AtomicLongArray(SLICES);

  private final AtomicLongArray retries = new AtomicLongArray(SLICES);

  /**
   * @param percent of requests, 0 to 100
   * @param windowNanos over which they are counted; a tenth more or less
   * @param minPerSecond retries that are allowed in any case
   */
  public RetryBudget(int percent, long windowNanos, double minPerSecond, long nowNanos) {
    this.percent = percent;
    this.sliceNanos = Math.max(1, windowNanos / SLICES);
    this.reserve = minPerSecond * windowNanos / 1e9;
    this.originNanos = nowNanos;
  }

  /** A request was made; its retries are none. */
  public void record(long nowNanos) {
    add(requests, slice(nowNanos));
  }

  /** Whether one more retry may be made; if so, it counts. */
  public synchronized boolean tryRetry(long nowNanos) {
    long slice = slice(nowNanos);
    if (sum(retries, slice) + 1 > sum(requests, slice) * percent / 100.0 + reserve) {
      return false;
    }
    add(retries, slice);
    return true;
  }

  private long slice(long nowNanos) {
    // Kept positive, and in 31 bits, for the upper half.
    return (Math.max(0, nowNanos - originNanos) / sliceNanos) & Integer.MAX_VALUE;
  }

  private static void add(AtomicLongArray slices, long slice) {
    int at = (int) (slice % SLICES);
    long seen;
    long next;
    do {
      seen = slices.get(at);
      long age = slice - (seen >>> 32);
      if (age < 0 || (age == 0 && (seen & COUNT_MASK) == COUNT_MASK)) {
        return; // of a moment ago, or as many as can be counted
      }
      next = age == 0 ? seen + 1 : (slice << 32) | 1;
    } while (!slices.compareAndSet(at, seen, next));
  }

  private static long sum(AtomicLongArray slices, long slice) {
    long sum = 0;
    for (int i = 0; i < SLICES; i++) {
      long seen = slices.get(i);
      long age = slice - (seen >>> 32);
      if (age >= 0 && age < SLICES) {
        sum += seen & COUNT_MASK;
      }
    }
    return sum;
  }
}

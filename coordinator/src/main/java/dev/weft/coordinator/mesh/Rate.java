package dev.weft.coordinator.mesh;

/**
 * How much of something may be asked for.
 *
 * @param burst at once, after a while without any
 * @param perSecond for good
 */
record Rate(double burst, double perSecond) {
  private static final double NANOS_PER_SECOND = 1e9;

  /** What is left of it. Thread-safe. */
  static final class Bucket {
    private final Rate rate;
    private double left;
    private long atNanos;

    Bucket(Rate rate, long nowNanos) {
      this.rate = rate;
      this.left = rate.burst();
      this.atNanos = nowNanos;
    }

    /**
     * Takes, also what is not there: it has been used already.
     *
     * @return how long nothing more is to be taken, in ns; 0 if there is something left
     */
    synchronized long take(double amount, long nowNanos) {
      refill(nowNanos);
      left -= amount;
      return left >= 0 ? 0 : (long) (-left / rate.perSecond() * NANOS_PER_SECOND) + 1;
    }

    /** Takes if there is enough. */
    synchronized boolean tryTake(double amount, long nowNanos) {
      refill(nowNanos);
      if (left < amount) {
        return false;
      }
      left -= amount;
      return true;
    }

    synchronized boolean isFull(long nowNanos) {
      refill(nowNanos);
      return left >= rate.burst();
    }

    private void refill(long nowNanos) {
      left =
          Math.min(rate.burst(), left + (nowNanos - atNanos) / NANOS_PER_SECOND * rate.perSecond());
      atNanos = nowNanos;
    }
  }
}

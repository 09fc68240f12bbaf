package dev.weft.engine;

/**
 * The cost of an endpoint: its round-trip time as a peak-sensitive, exponentially weighted moving
 * average, times the requests that it has outstanding. A slow answer is believed at once, a quick
 * one only by and by; the average forgets with time, so that an endpoint that was avoided is tried
 * again.
 *
 * <p>After Finagle's {@code PeakEwma} load metric and linkerd2-proxy's {@code tower-balance}: cost
 * = ewma × (outstanding + 1); round-trip time 30 ms at first, decay 10 s. Thread-safe.
 */
final class PeakEwma {
  private final double decayNanos;
  private long stampNanos;
  private double ewmaNanos;
  private int outstanding;

  PeakEwma(long nowNanos, long initialNanos, long decayNanos) {
    this.stampNanos = nowNanos;
    this.ewmaNanos = initialNanos;
    this.decayNanos = decayNanos;
  }

  /** An attempt begins. */
  synchronized void begin() {
    outstanding++;
  }

  /** An attempt ended after {@code rttNanos}; counts into the average. */
  synchronized void end(long nowNanos, long rttNanos) {
    outstanding--;
    observe(nowNanos, rttNanos);
  }

  /** An attempt ended and says nothing about the endpoint's speed. */
  synchronized void endUnobserved() {
    outstanding--;
  }

  /** What one more request would cost, in nanoseconds; compared between endpoints. */
  synchronized double cost(long nowNanos) {
    observe(nowNanos, 0); // lets the average decay
    return ewmaNanos * (outstanding + 1);
  }

  synchronized int outstanding() {
    return outstanding;
  }

  private void observe(long nowNanos, double rttNanos) {
    long elapsed = Math.max(0, nowNanos - stampNanos);
    stampNanos = nowNanos;
    if (rttNanos > ewmaNanos) {
      ewmaNanos = rttNanos;
    } else {
      double weight = Math.exp(-elapsed / decayNanos);
      ewmaNanos = ewmaNanos * weight + rttNanos * (1 - weight);
    }
  }
}

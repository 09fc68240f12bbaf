package dev.weft.engine.balance;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * The cost of an endpoint: its round-trip time as a peak-sensitive, exponentially weighted moving
 * average, times the requests that it has outstanding. A slow answer is believed at once, a quick
 * one only by and by; the average forgets with time, so that an endpoint that was avoided is tried
 * again.
 *
 * <p>After Finagle's {@code PeakEwma} load metric and linkerd2-proxy's {@code tower-balance}: cost
 * = ewma × (outstanding + 1); round-trip time 30 ms at first, decay 10 s. Thread-safe; reading the
 * cost takes no lock, because every pick reads two.
 */
public final class PeakEwma {
  private static final AtomicIntegerFieldUpdater<PeakEwma> OUTSTANDING =
      AtomicIntegerFieldUpdater.newUpdater(PeakEwma.class, "outstanding");

  private final double decayNanos;
  private volatile int outstanding;

  /** Written under the lock, the average first; a reader may see one of them a moment early. */
  private volatile double ewmaNanos;

  private volatile long stampNanos;

  public PeakEwma(long nowNanos, long initialNanos, long decayNanos) {
    this.stampNanos = nowNanos;
    this.ewmaNanos = initialNanos;
    this.decayNanos = decayNanos;
  }

  /** An attempt begins. */
  public void begin() {
    OUTSTANDING.incrementAndGet(this);
  }

  /** An attempt ended after {@code rttNanos}; counts into the average. */
  public void end(long nowNanos, long rttNanos) {
    OUTSTANDING.decrementAndGet(this);
    observe(nowNanos, rttNanos);
  }

  /** An attempt ended and says nothing about the endpoint's speed. */
  public void endUnobserved() {
    OUTSTANDING.decrementAndGet(this);
  }

  /** What one more request would cost, in nanoseconds; compared between endpoints. */
  public double cost(long nowNanos) {
    double ewma = ewmaNanos;
    return ewma * weight(nowNanos - stampNanos) * (outstanding + 1);
  }

  public int outstanding() {
    return outstanding;
  }

  /**
   * Between answers the average decays to nothing, so a quick answer has no further to bring it
   * down: only a slower one changes it. (In tower, where every look lets it decay and counts as an
   * observation of 0, it comes to the same as soon as there is traffic.)
   */
  private synchronized void observe(long nowNanos, double rttNanos) {
    long elapsed = nowNanos - stampNanos;
    ewmaNanos = Math.max(rttNanos, ewmaNanos * weight(elapsed));
    if (elapsed > 0) {
      stampNanos = nowNanos;
    }
  }

  /** How much of the average is left after so long. */
  private double weight(long elapsedNanos) {
    return elapsedNanos <= 0 ? 1 : Math.exp(-elapsedNanos / decayNanos);
  }
}

package dev.weft.engine.balance;

import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Slow start: a candidate that is new to this process gets a share that grows with its age, from a
 * tenth to all of it, as Envoy's with aggression 1. Shares are relative to the oldest one's: when
 * all are equally new, nothing changes. Immutable.
 */
public final class Easing {
  private static final double LEAST = 0.1;
  private static final int GRAIN = 1 << 20;

  private final long windowNanos;
  private final long oldestNanos;
  private final long youngestNanos;

  private Easing(long windowNanos, long oldestNanos, long youngestNanos) {
    this.windowNanos = windowNanos;
    this.oldestNanos = oldestNanos;
    this.youngestNanos = youngestNanos;
  }

  /**
   * The easing of these candidates; null if none of them needs any.
   *
   * @param windowNanos how long it takes
   */
  public static @Nullable Easing of(Candidate[] candidates, long windowNanos) {
    if (windowNanos <= 0 || candidates.length < 2) {
      return null;
    }
    long oldest = candidates[0].bornNanos();
    long youngest = oldest;
    for (Candidate candidate : candidates) {
      long born = candidate.bornNanos();
      oldest = born - oldest < 0 ? born : oldest;
      youngest = born - youngest > 0 ? born : youngest;
    }
    return oldest == youngest ? null : new Easing(windowNanos, oldest, youngest);
  }

  /** Whether any of the candidates is still new. */
  public boolean active(long now) {
    return now - youngestNanos < windowNanos;
  }

  boolean accepts(long bornNanos, long now, IntUnaryOperator random) {
    double share = share(bornNanos, now);
    if (share >= 1) {
      return true;
    }
    return random.applyAsInt(GRAIN) < share / share(oldestNanos, now) * GRAIN;
  }

  private double share(long bornNanos, long now) {
    long age = now - bornNanos;
    return age >= windowNanos ? 1 : Math.max(LEAST, (double) age / windowNanos);
  }
}

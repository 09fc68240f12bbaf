package dev.weft.coordinator.telemetry;

import dev.weft.wire.LatencyBounds;

/** Quantiles from a histogram, as Prometheus' {@code histogram_quantile} makes them. */
final class Quantile {
  private Quantile() {}

  /**
   * @param share 0 to 1
   * @param buckets counts, not cumulative, of {@link LatencyBounds}
   * @return seconds; 0 if there are no counts; the greatest bound if it is beyond
   */
  static double of(double share, long[] buckets) {
    long all = 0;
    for (long count : buckets) {
      all += count;
    }
    if (all == 0) {
      return 0;
    }
    double rank = share * all;
    double below = 0;
    for (int i = 0; i < buckets.length; i++) {
      if (below + buckets[i] >= rank && buckets[i] > 0) {
        double lower = i == 0 ? 0 : LatencyBounds.seconds(i - 1);
        double upper = LatencyBounds.seconds(i);
        return Double.isInfinite(upper)
            ? lower
            : lower + (upper - lower) * ((rank - below) / buckets[i]);
      }
      below += buckets[i];
    }
    return LatencyBounds.seconds(LatencyBounds.BUCKETS - 2);
  }
}

package dev.weft.runtime.telemetry;

/**
 * The buckets of every latency histogram: those that OpenTelemetry advises for {@code
 * http.client.request.duration}, and finer ones below them, where calls within a house are.
 */
public final class Latency {
  private static final double[] BOUNDS_SECONDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  };

  private static final long[] BOUNDS_NANOS = new long[BOUNDS_SECONDS.length];

  static {
    for (int i = 0; i < BOUNDS_SECONDS.length; i++) {
      BOUNDS_NANOS[i] = Math.round(BOUNDS_SECONDS[i] * 1e9);
    }
  }

  /** The last one is open. */
  public static final int BUCKETS = BOUNDS_SECONDS.length + 1;

  private Latency() {}

  static int bucket(long nanos) {
    for (int i = 0; i < BOUNDS_NANOS.length; i++) {
      if (nanos <= BOUNDS_NANOS[i]) {
        return i;
      }
    }
    return BOUNDS_NANOS.length;
  }

  /** Upper bound of a bucket in seconds; infinite for the last. */
  public static double bound(int bucket) {
    return bucket < BOUNDS_SECONDS.length ? BOUNDS_SECONDS[bucket] : Double.POSITIVE_INFINITY;
  }
}

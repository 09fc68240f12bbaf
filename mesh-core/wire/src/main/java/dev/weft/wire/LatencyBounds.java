package dev.weft.wire;

/**
 * The buckets of every latency histogram: those that OpenTelemetry advises for {@code
 * http.client.request.duration}, and finer ones below them, where calls within a house are.
 */
public final class LatencyBounds {
  private static final double[] SECONDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
  };

  private static final long[] NANOS = new long[SECONDS.length];

  static {
    for (int i = 0; i < SECONDS.length; i++) {
      NANOS[i] = Math.round(SECONDS[i] * 1e9);
    }
  }

  /** The last one is open. */
  public static final int BUCKETS = SECONDS.length + 1;

  private LatencyBounds() {}

  /** The bucket of a latency. */
  public static int bucket(long nanos) {
    for (int i = 0; i < NANOS.length; i++) {
      if (nanos <= NANOS[i]) {
        return i;
      }
    }
    return NANOS.length;
  }

  /** Upper bound of a bucket in seconds; infinite for the last. */
  public static double seconds(int bucket) {
    return bucket < SECONDS.length ? SECONDS[bucket] : Double.POSITIVE_INFINITY;
  }
}

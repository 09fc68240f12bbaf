package dev.weft.runtime.telemetry;

import dev.weft.wire.LatencyBounds;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/** The counts of every edge. Only ever grows, up to a bound. Thread-safe. */
public final class EdgeTable {
  /** More series than this are counted under {@link Edge#OTHER}. */
  static final int MAX_SERIES = 2_000;

  /** Of one peer, which has a say in what is counted of it, and is not to take what others need. */
  static final int MAX_OF_PEER = 200;

  private static final double NANOS_PER_SECOND = 1e9;

  /** How often, how long, and how often again. Thread-safe. */
  public static final class Series {
    private final AtomicLongArray buckets = new AtomicLongArray(LatencyBounds.BUCKETS);
    private final LongAdder nanos = new LongAdder();
    private final LongAdder retries = new LongAdder();

    private void add(int again, long took) {
      buckets.incrementAndGet(LatencyBounds.bucket(took));
      nanos.add(took);
      if (again > 0) {
        retries.add(again);
      }
    }

    /** Requests in each bucket, not cumulative; as of about now. */
    public long[] buckets() {
      long[] counts = new long[LatencyBounds.BUCKETS];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = buckets.get(i);
      }
      return counts;
    }

    public double seconds() {
      return nanos.sum() / NANOS_PER_SECOND;
    }

    public long retries() {
      return retries.sum();
    }
  }

  private final Map<Edge, Series> series = new ConcurrentHashMap<>();

  /** How many series there are of each peer; no more peers than series. */
  private final Map<String, AtomicInteger> peers = new ConcurrentHashMap<>();

  /**
   * Counts one request.
   *
   * @param retries attempts after the first
   * @param nanos from its start to the headers of its response
   */
  public void count(Edge edge, int retries, long nanos) {
    Series known = series.get(edge);
    if (known == null) {
      known = series.computeIfAbsent(countedAs(edge), any -> new Series());
    }
    known.add(retries, nanos);
  }

  private Edge countedAs(Edge edge) {
    if (series.size() >= MAX_SERIES) {
      return edge.folded();
    }
    AtomicInteger ofPeer = peers.computeIfAbsent(edge.peer(), any -> new AtomicInteger());
    if (ofPeer.get() >= MAX_OF_PEER) {
      return edge.foldedOfPeer();
    }
    ofPeer.incrementAndGet();
    return edge;
  }

  /** Every series there is. */
  public void forEach(BiConsumer<Edge, Series> consumer) {
    series.forEach(consumer);
  }
}

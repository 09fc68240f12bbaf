package dev.weft.coordinator.telemetry;

import dev.weft.wire.EdgeReport;
import dev.weft.wire.LatencyBounds;
import dev.weft.wire.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one instance has reported: its last sums, and those that rates are told from.
 *
 * @param service {@code namespace/name}, by its certificate
 * @param connected whether its stream is open
 * @param metrics {@code address:port} of its metrics; empty: none
 * @param nanos when its last report came
 * @param edges its last report
 * @param base sums of 15 to 30 s ago; null: it has reported once
 * @param next what becomes the base
 * @param bytes about what all this takes
 */
record Reporter(
    String service,
    boolean connected,
    String metrics,
    List<Message.Plaintext> plaintext,
    long nanos,
    Map<Edge, EdgeReport> edges,
    @Nullable Base base,
    @Nullable Base next,
    long bytes) {
  /** What an edge is told apart by; a report that tells of one twice is taken at its last word. */
  record Edge(boolean outbound, boolean mtls, String peer) {}

  /** Sums at some time. */
  record Base(long nanos, Map<Edge, Sums> sums) {}

  /** Of one edge, as far as rates need it. */
  record Sums(long requests, long failed, long refused, long[] buckets) {
    static final Sums NONE = new Sums(0, 0, 0, new long[LatencyBounds.BUCKETS]);

    static Sums of(EdgeReport edge) {
      long[] buckets = new long[LatencyBounds.BUCKETS];
      for (int i = 0; i < Math.min(buckets.length, edge.buckets().size()); i++) {
        buckets[i] = edge.buckets().get(i);
      }
      return new Sums(
          Reporter.requests(edge),
          Reporter.failed(edge),
          Reporter.refused(edge.reasons()),
          buckets);
    }
  }

  /** Of one report no more is kept; the edges that come first are. */
  static final int MAX_BYTES = 2 << 20;

  /** The reasons of 400, 403 and 429, and of 404 where no route matches. */
  private static final List<String> REFUSALS =
      List.of("http_request_denied", "http_request_error", "destination_not_found");

  /** A base is used for as long again. */
  private static final long BASE_NANOS = Topology.WINDOW_NANOS / 2;

  private static final int BYTES_OF_ONE = 500;
  private static final int BYTES_OF_AN_EDGE = 400;
  private static final int BYTES_OF_SUMS = 450; // with the name of the peer
  private static final int BYTES_OF_AN_ENTRY = 100;

  /**
   * The same instance after another report.
   *
   * @param before null: it is its first
   */
  static Reporter after(
      @Nullable Reporter before,
      String service,
      String metrics,
      Message.Report report,
      long nowNanos) {
    Map<Edge, EdgeReport> edges = new LinkedHashMap<>();
    long bytes = BYTES_OF_ONE;
    for (Message.Plaintext caller : report.plaintext()) {
      bytes += BYTES_OF_AN_ENTRY + caller.from().length();
    }
    for (EdgeReport edge : report.edges()) {
      bytes += bytes(edge);
      if (bytes > MAX_BYTES) {
        bytes -= bytes(edge);
        break;
      }
      edges.put(new Edge(edge.outbound(), edge.mtls(), edge.peer()), compact(edge));
    }
    Base base = null;
    Base next = null;
    if (before != null && nowNanos - before.nanos() < Topology.WINDOW_NANOS) {
      base = before.base();
      next = before.next();
      if (next == null || nowNanos - next.nanos() >= BASE_NANOS) {
        Base last = new Base(before.nanos(), before.sums());
        base = next == null ? last : next;
        next = last;
      }
    }
    return new Reporter(
        service,
        true,
        metrics,
        report.plaintext(),
        nowNanos,
        edges,
        base,
        next,
        bytes + bytes(base) + (base == next ? 0 : bytes(next)));
  }

  private static long bytes(@Nullable Base base) {
    return base == null ? 0 : (long) BYTES_OF_SUMS * base.sums().size();
  }

  Reporter gone() {
    return new Reporter(service, false, "", plaintext, nanos, edges, base, next, bytes);
  }

  private Map<Edge, Sums> sums() {
    Map<Edge, Sums> sums = new LinkedHashMap<>();
    edges.forEach((edge, report) -> sums.put(edge, Sums.of(report)));
    return sums;
  }

  private static EdgeReport compact(EdgeReport edge) {
    return new EdgeReport(
        edge.outbound(),
        edge.peer(),
        edge.mtls(),
        Map.copyOf(edge.codes()),
        Map.copyOf(edge.reasons()),
        edge.retries(),
        List.copyOf(edge.buckets()));
  }

  private static long bytes(EdgeReport edge) {
    long bytes = BYTES_OF_AN_EDGE + edge.peer().length();
    bytes += (long) BYTES_OF_AN_ENTRY * edge.codes().size();
    for (String reason : edge.reasons().keySet()) {
      bytes += BYTES_OF_AN_ENTRY + reason.length();
    }
    return bytes + 28L * edge.buckets().size();
  }

  static long requests(EdgeReport edge) {
    return sum(edge.codes());
  }

  static long sum(Map<?, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Answered by the mesh with less than 500: what was asked for was not done. */
  static long refused(Map<String, Long> reasons) {
    long sum = 0;
    for (String reason : REFUSALS) {
      sum += reasons.getOrDefault(reason, 0L);
    }
    return sum;
  }

  /** No response, or one of 5xx. */
  static long failed(EdgeReport edge) {
    return failed(edge.codes());
  }

  static long failed(Map<Integer, Long> codes) {
    return codes.entrySet().stream()
        .filter(entry -> entry.getKey() == 0 || entry.getKey() >= 500)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}

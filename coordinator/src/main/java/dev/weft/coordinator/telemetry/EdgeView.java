package dev.weft.coordinator.telemetry;

import dev.weft.wire.EdgeReport;
import dev.weft.wire.LatencyBounds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One edge, as both of its ends tell it. The caller's word counts for what a call came to; the
 * callee's, where there is no caller that reports.
 */
public final class EdgeView {
  /** One end's counts. */
  private static final class End {
    final Map<Integer, Long> codes = new TreeMap<>();
    final Map<String, Long> reasons = new TreeMap<>();
    long requests;
    long overMtls;
    long inPlaintext;
    long retries;

    /** Of the last half minute: a second, failures among them, and by latency. */
    double perSecond;

    double failedPerSecond;
    double refusedPerSecond;
    final long[] recent = new long[LatencyBounds.BUCKETS];
    final long[] ever = new long[LatencyBounds.BUCKETS];
  }

  private static final End NONE = new End();

  private final String source;
  private final String destination;
  private final End caller = new End();
  private final End callee = new End();

  EdgeView(String source, String destination) {
    this.source = source;
    this.destination = destination;
  }

  public String source() {
    return source;
  }

  public String destination() {
    return destination;
  }

  /**
   * Adds what one instance tells.
   *
   * @param before what the same edge had come to so many seconds earlier; null: not known
   */
  void add(EdgeReport now, Reporter.@Nullable Sums before, double seconds) {
    End end = now.outbound() ? caller : callee;
    now.codes().forEach((code, count) -> end.codes.merge(code, count, Long::sum));
    now.reasons().forEach((reason, count) -> end.reasons.merge(reason, count, Long::sum));
    long requests = Reporter.requests(now);
    end.requests += requests;
    if (now.mtls()) {
      end.overMtls += requests;
    } else {
      // What the mesh answered by itself, or never got through, was sent in no way at all.
      end.inPlaintext += Math.max(0, requests - Reporter.sum(now.reasons()));
    }
    end.retries += now.retries();
    plus(end.ever, now.buckets(), Reporter.Sums.NONE.buckets());
    if (before != null && seconds > 0) {
      end.perSecond += Math.max(0, requests - before.requests()) / seconds;
      end.failedPerSecond += Math.max(0, Reporter.failed(now) - before.failed()) / seconds;
      end.refusedPerSecond +=
          Math.max(0, Reporter.refused(now.reasons()) - before.refused()) / seconds;
      plus(end.recent, now.buckets(), before.buckets());
    }
  }

  private static void plus(long[] sum, List<Long> now, long[] before) {
    for (int i = 0; i < Math.min(sum.length, now.size()); i++) {
      sum[i] += Math.max(0, now.get(i) - before[i]);
    }
  }

  /** As the admin API shows it. Rates and latencies are those of the last half minute. */
  public Map<String, Object> tree() {
    End told = caller.requests > 0 ? caller : callee;
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("source", source);
    tree.put("destination", destination);
    tree.put("requestsPerSecond", rounded(told.perSecond));
    tree.put("successRate", successRate(told));
    tree.put("latencySeconds", latency(told));
    tree.put("mtls", mtls(told));
    tree.put("requests", told.requests);
    tree.put("retries", told.retries);
    if (caller.requests > 0) {
      tree.put("caller", end(caller));
    }
    if (callee.requests > 0) {
      tree.put("callee", end(callee));
    }
    return tree;
  }

  /** What the callee's mesh refuses is an answer like any other to a caller; it is no success. */
  private double successRate(End end) {
    End other = end == caller ? callee : NONE;
    if (end.perSecond > 0) {
      return share(
          end.failedPerSecond + end.refusedPerSecond + other.refusedPerSecond, end.perSecond);
    }
    long refused = Reporter.refused(end.reasons) + Reporter.refused(other.reasons);
    return end.requests == 0 ? 1 : share(Reporter.failed(end.codes) + refused, end.requests);
  }

  private static double share(double failed, double all) {
    return rounded(Math.max(0, 1 - failed / all));
  }

  /** The share over mesh TLS of what reached somebody; 1 if nothing did. */
  private static double mtls(End end) {
    long sent = end.overMtls + end.inPlaintext;
    return rounded(sent == 0 ? 1 : end.overMtls / (double) sent);
  }

  private static Map<String, Object> latency(End end) {
    long[] buckets = end.perSecond > 0 ? end.recent : end.ever;
    Map<String, Object> latency = new LinkedHashMap<>();
    latency.put("p50", rounded(Quantile.of(0.50, buckets)));
    latency.put("p95", rounded(Quantile.of(0.95, buckets)));
    latency.put("p99", rounded(Quantile.of(0.99, buckets)));
    return latency;
  }

  private static Map<String, Object> end(End end) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("requests", end.requests);
    Map<String, Object> codes = new LinkedHashMap<>();
    end.codes.forEach((code, count) -> codes.put(String.valueOf(code), count));
    tree.put("codes", codes);
    tree.put("reasons", new LinkedHashMap<String, Object>(end.reasons));
    tree.put("retries", end.retries);
    return tree;
  }

  private static double rounded(double value) {
    return Math.round(value * 1e5) / 1e5;
  }
}

package dev.weft.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one process has counted of one edge since it started. Sums, so that a report that is lost
 * loses nothing.
 *
 * @param outbound whether the process is the caller; else it is called
 * @param peer the other end, {@code namespace/service}, or {@code unknown}
 * @param codes requests by status of their response; 0: none came
 * @param reasons requests by what the mesh says of them; without those of which it says nothing
 * @param buckets requests by latency, not cumulative; both ends know the bounds
 */
public record EdgeReport(
    boolean outbound,
    String peer,
    boolean mtls,
    Map<Integer, Long> codes,
    Map<String, Long> reasons,
    long retries,
    List<Long> buckets) {
  /** A peer reports no more edges than this; the rest is in its metrics. */
  public static final int MAX_EDGES = 1_000;

  Map<String, @Nullable Object> tree() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("out", outbound);
    tree.put("peer", peer);
    tree.put("mtls", mtls);
    Map<String, Object> byCode = new LinkedHashMap<>();
    codes.forEach((code, count) -> byCode.put(String.valueOf(code), count));
    tree.put("codes", byCode);
    tree.put("reasons", new LinkedHashMap<String, Object>(reasons));
    tree.put("retries", retries);
    tree.put("buckets", buckets);
    return tree;
  }

  static EdgeReport of(Fields f) throws WireException {
    Map<String, Object> codes = f.tree("codes");
    Fields byCode = new Fields(codes, "report.edges.codes");
    Map<Integer, Long> counted = new LinkedHashMap<>();
    for (String code : codes.keySet()) {
      counted.put(Integer.valueOf(code), byCode.number(code, 0));
    }
    Map<String, Object> reasons = f.tree("reasons");
    Fields byReason = new Fields(reasons, "report.edges.reasons");
    Map<String, Long> explained = new LinkedHashMap<>();
    for (String reason : reasons.keySet()) {
      explained.put(reason, byReason.number(reason, 0));
    }
    return new EdgeReport(
        f.bool("out"),
        f.string("peer"),
        f.bool("mtls"),
        counted,
        explained,
        f.number("retries", 0),
        new ArrayList<>(f.numbers("buckets")));
  }
}

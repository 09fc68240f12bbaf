package dev.weft.runtime.telemetry;

import dev.weft.wire.LatencyBounds;
import java.util.Map;
import java.util.TreeMap;

/**
 * The same counts under Istio's names, for dashboards and rules that exist: {@code
 * istio_requests_total} and {@code istio_request_duration_milliseconds}
 * (https://istio.io/latest/docs/reference/config/metrics/). A workload is a service here; of a
 * version, a cluster and a principal nothing is said. Flags are Envoy's
 * (https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage).
 */
final class IstioMetrics {
  private static final String REQUESTS = "istio_requests_total";
  private static final String DURATION = "istio_request_duration_milliseconds";
  private static final String UNKNOWN = "unknown";

  /** Where Istio counts what goes to hosts outside. */
  private static final String PASSTHROUGH = "PassthroughCluster";

  private static final int TOO_MANY_REQUESTS = 429;
  private static final int CALLER_GAVE_UP = 499;

  /** Series that differ in a label that Istio has not, together. */
  private static final class Sum {
    final long[] buckets = new long[LatencyBounds.BUCKETS];
    double seconds;

    void add(EdgeTable.Series series) {
      long[] more = series.buckets();
      for (int i = 0; i < more.length; i++) {
        buckets[i] += more[i];
      }
      seconds += series.seconds();
    }
  }

  private IstioMetrics() {}

  static void write(Exposition out, EdgeTable edges) {
    Map<String, Sum> sums = new TreeMap<>();
    edges.forEach(
        (edge, series) -> sums.computeIfAbsent(labels(edge), any -> new Sum()).add(series));
    out.metric(REQUESTS, "counter", "Requests, under Istio's name.");
    sums.forEach((labels, sum) -> out.sample(REQUESTS, labels, Telemetry.sum(sum.buckets)));
    out.metric(DURATION, "histogram", "Durations of requests, under Istio's name.");
    sums.forEach((labels, sum) -> out.histogram(DURATION, labels, sum.buckets, sum.seconds, 1000));
  }

  private static String labels(Edge edge) {
    String source = name(edge.source());
    String sourceNamespace = namespace(edge.source());
    boolean outside = edge.destination().equals(Edge.OUTSIDE);
    String destination = outside ? UNKNOWN : name(edge.destination());
    String destinationNamespace = namespace(edge.destination());
    return Exposition.labels(
        "reporter",
        edge.outbound() ? "source" : "destination",
        "source_workload",
        source,
        "source_workload_namespace",
        sourceNamespace,
        "source_app",
        source,
        "source_canonical_service",
        source,
        "destination_workload",
        destination,
        "destination_workload_namespace",
        destinationNamespace,
        "destination_app",
        destination,
        "destination_canonical_service",
        destination,
        "destination_service",
        destinationNamespace.equals(UNKNOWN)
            ? destination
            : destination + "." + destinationNamespace + ".svc.cluster.local",
        "destination_service_name",
        outside ? PASSTHROUGH : destination,
        "destination_service_namespace",
        destinationNamespace,
        "request_protocol",
        "http",
        "response_code",
        String.valueOf(edge.code()),
        "response_flags",
        flags(edge),
        "connection_security_policy",
        // A caller does not vouch for it, as with Istio.
        edge.outbound() ? UNKNOWN : edge.mtls() ? "mutual_tls" : "none");
  }

  private static String name(String service) {
    return service.substring(service.indexOf('/') + 1);
  }

  private static String namespace(String service) {
    int slash = service.indexOf('/');
    return slash < 0 ? UNKNOWN : service.substring(0, slash);
  }

  private static String flags(Edge edge) {
    switch (edge.reason()) {
      case "destination_not_found":
        return "NR";
      case "proxy_configuration_error":
        return "NC";
      case "destination_unavailable":
        return "UH";
      case "http_response_timeout":
        return "UT";
      case "connection_limit_reached":
        return "UO";
      case "http_request_denied":
        return edge.code() == TOO_MANY_REQUESTS ? "RL" : "-";
      default:
        if (edge.code() == 0) {
          return "UF";
        }
        return edge.code() == CALLER_GAVE_UP ? "DC" : "-";
    }
  }
}

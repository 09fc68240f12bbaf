package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IstioMetricsTest {
  private static final long MILLI = 1_000_000;

  private final EdgeTable edges = new EdgeTable();

  private List<String> written() {
    Exposition out = new Exposition();
    IstioMetrics.write(out, edges);
    return out.toString().lines().toList();
  }

  @Test
  void anEdge_underIstiosNames_summedUpOverWhatIstioDoesNotTell() {
    for (String method : List.of("GET", "POST")) {
      edges.count(
          new Edge(true, "default/shop", "prod/orders", "a rule", method, 200, "", true),
          1,
          3 * MILLI);
    }
    String labels =
        "reporter=\"source\",source_workload=\"shop\",source_workload_namespace=\"default\","
            + "source_app=\"shop\",source_canonical_service=\"shop\","
            + "destination_workload=\"orders\",destination_workload_namespace=\"prod\","
            + "destination_app=\"orders\",destination_canonical_service=\"orders\","
            + "destination_service=\"orders.prod.svc.cluster.local\","
            + "destination_service_name=\"orders\",destination_service_namespace=\"prod\","
            + "request_protocol=\"http\",response_code=\"200\",response_flags=\"-\","
            + "connection_security_policy=\"unknown\"";
    List<String> written = written();
    assertThat(written)
        .contains(
            "# TYPE istio_requests_total counter",
            "istio_requests_total{" + labels + "} 2",
            "# TYPE istio_request_duration_milliseconds histogram",
            "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"0.5\"} 0",
            "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"2.5\"} 0",
            "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"5\"} 2",
            "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"75\"} 2",
            "istio_request_duration_milliseconds_bucket{" + labels + ",le=\"+Inf\"} 2",
            "istio_request_duration_milliseconds_sum{" + labels + "} 6",
            "istio_request_duration_milliseconds_count{" + labels + "} 2");
    assertThat(written).doesNotHaveDuplicates();
    assertThat(written.stream().filter(line -> line.contains("_bucket")))
        .allMatch(line -> line.matches(".*le=\"(\\+Inf|[0-9]+(\\.[0-9])?)\"} [0-9]+"));
  }

  @Test
  void theCalleesSide_saysHowItWasSecured() {
    edges.count(new Edge(false, "default/shop", "default/orders", "", "GET", 200, "", true), 0, 1);
    edges.count(new Edge(false, Edge.UNKNOWN, "default/orders", "", "GET", 200, "", false), 0, 1);
    assertThat(written().stream().filter(line -> line.startsWith("istio_requests_total{")))
        .hasSize(2)
        .anyMatch(
            line ->
                line.contains("reporter=\"destination\",source_workload=\"shop\"")
                    && line.contains("connection_security_policy=\"mutual_tls\""))
        .anyMatch(
            line ->
                line.contains("source_workload=\"unknown\",source_workload_namespace=\"unknown\"")
                    && line.contains("connection_security_policy=\"none\""));
  }

  @Test
  void flags_areEnvoys() {
    record Case(int code, String reason, String flag) {}
    for (Case one :
        List.of(
            new Case(404, "destination_not_found", "NR"),
            new Case(500, "proxy_configuration_error", "NC"),
            new Case(503, "destination_unavailable", "UH"),
            new Case(504, "http_response_timeout", "UT"),
            new Case(503, "connection_limit_reached", "UO"),
            new Case(429, "http_request_denied", "RL"),
            new Case(403, "http_request_denied", "-"),
            new Case(0, "", "UF"),
            new Case(499, "", "DC"))) {
      EdgeTable table = new EdgeTable();
      table.count(
          new Edge(true, "a/b", Edge.OUTSIDE, "", "GET", one.code(), one.reason(), false), 0, 1);
      Exposition out = new Exposition();
      IstioMetrics.write(out, table);
      assertThat(out.toString())
          .contains("response_flags=\"" + one.flag() + "\"")
          .contains("destination_service_name=\"PassthroughCluster\"");
    }
  }
}

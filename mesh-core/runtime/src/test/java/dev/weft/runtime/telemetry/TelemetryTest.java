package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.Log;
import dev.weft.runtime.Settings;
import dev.weft.wire.Bounds;
import dev.weft.wire.EdgeReport;
import dev.weft.wire.Message;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TelemetryTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));
  private static final Log LOG = Log.open(Log.Level.OFF, null, CLOCK);
  private static final long MILLI = 1_000_000;

  @TempDir private Path folder;

  private static Settings settings(String... namesAndValues) {
    Properties properties = new Properties();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      properties.setProperty(namesAndValues[i], namesAndValues[i + 1]);
    }
    return Settings.read(properties, Map.of());
  }

  private static Edge out(String destination, int code, String reason) {
    return new Edge(true, "default/shop", destination, "a rule", "GET", code, reason, true);
  }

  private static Telemetry telemetry() {
    return Telemetry.of(settings(), () -> 1, CLOCK, LOG);
  }

  @Test
  void exposition_isWhatPrometheusReads() {
    Telemetry telemetry = telemetry();
    telemetry.certificate(() -> 60);
    telemetry.request(out("default/orders", 200, ""), 2, 3 * MILLI, Telemetry.Detail.NONE);
    telemetry.request(out("default/orders", 200, ""), 0, 30_000 * MILLI, Telemetry.Detail.NONE);
    telemetry.fault();
    String labels =
        "reporter=\"source\",source=\"default/shop\",destination=\"default/orders\","
            + "route=\"a rule\",method=\"GET\",code=\"200\",reason=\"\",mtls=\"true\"";
    assertThat(telemetry.exposition().lines())
        .contains(
            "# TYPE weft_requests_total counter",
            "weft_requests_total{" + labels + "} 2",
            "# TYPE weft_request_duration_seconds histogram",
            "weft_request_duration_seconds_bucket{" + labels + ",le=\"0.0025\"} 0",
            "weft_request_duration_seconds_bucket{" + labels + ",le=\"0.005\"} 1",
            "weft_request_duration_seconds_bucket{" + labels + ",le=\"10\"} 1",
            "weft_request_duration_seconds_bucket{" + labels + ",le=\"+Inf\"} 2",
            "weft_request_duration_seconds_sum{" + labels + "} 30.003",
            "weft_request_duration_seconds_count{" + labels + "} 2",
            "weft_retries_total{" + labels + "} 2",
            "weft_agent_errors_total 1",
            "weft_certificate_expiry_seconds 60");
  }

  @Test
  void whatACoordinatorWouldRefuse_isSummedBeforeItIsReported() throws IOException {
    Telemetry telemetry = telemetry();
    for (int code = 450; code < 600; code++) {
      telemetry.request(
          out("default/orders", code, "reason " + code), 0, MILLI, Telemetry.Detail.NONE);
    }
    for (int i = 0; i < 10; i++) {
      telemetry.request(out("default/orders", 599, "reason 599"), 0, MILLI, Telemetry.Detail.NONE);
    }
    Message.Report report = (Message.Report) Message.decode(telemetry.report("10.0.0.1").encode());
    EdgeReport edge = report.edges().get(0);
    assertThat(edge.codes()).hasSizeLessThanOrEqualTo(Bounds.CODES).containsEntry(599, 11L);
    assertThat(edge.reasons())
        .hasSizeLessThanOrEqualTo(Bounds.REASONS)
        .containsEntry("reason 599", 11L);
    assertThat(edge.codes().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(160);
    assertThat(edge.reasons().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(160);
    assertThat(edge).isEqualTo(telemetry.report("10.0.0.1").edges().get(0));
  }

  @Test
  void istiosNames_areThereIfAskedFor() {
    assertThat(telemetry().exposition()).doesNotContain("istio");
    Telemetry asked = Telemetry.of(settings("weft.metrics.compat", "istio"), () -> 1, CLOCK, LOG);
    asked.request(out("default/orders", 200, ""), 0, MILLI, Telemetry.Detail.NONE);
    assertThat(asked.exposition())
        .contains("\nweft_requests_total{")
        .contains("\nistio_requests_total{");
  }

  @Test
  void valuesOfLabels_areEscaped() {
    assertThat(Exposition.labels("a", "x\"y\\z\n")).isEqualTo("a=\"x\\\"y\\\\z\\n\"");
  }

  @Test
  void tooManySeries_areOneMore() {
    Telemetry telemetry = telemetry();
    int many = EdgeTable.MAX_SERIES + 500;
    for (int i = 0; i < many; i++) {
      telemetry.request(out("default/s" + i, 200, ""), 0, MILLI, Telemetry.Detail.NONE);
    }
    List<String> totals =
        telemetry.exposition().lines().filter(l -> l.startsWith("weft_requests_total{")).toList();
    assertThat(totals).hasSize(EdgeTable.MAX_SERIES + 1);
    assertThat(totals).anyMatch(l -> l.contains("destination=\"other\"") && l.endsWith(" 500"));
  }

  @Test
  void aPeerThatInventsStatuses_takesNoSeriesOfOthers() {
    Telemetry telemetry = telemetry();
    for (int code = 0; code < EdgeTable.MAX_SERIES + 500; code++) {
      telemetry.request(out("default/evil", code, ""), 0, MILLI, Telemetry.Detail.NONE);
    }
    telemetry.request(out("default/orders", 200, ""), 0, MILLI, Telemetry.Detail.NONE);
    List<String> totals =
        telemetry.exposition().lines().filter(l -> l.startsWith("weft_requests_total{")).toList();
    assertThat(totals).hasSize(EdgeTable.MAX_OF_PEER + 2).anyMatch(l -> l.contains("/orders"));
    assertThat(totals)
        .anyMatch(l -> l.contains("default/evil") && l.contains("route=\"other\""))
        .noneMatch(l -> l.contains("code=\"1001\""));
  }

  @Test
  void report_sumsUpByPeerAndMtls() {
    Telemetry telemetry = telemetry();
    telemetry.request(out("default/orders", 200, ""), 1, MILLI, Telemetry.Detail.NONE);
    telemetry.request(
        out("default/orders", 503, "destination_unavailable"), 2, MILLI, Telemetry.Detail.NONE);
    telemetry.request(
        new Edge(false, Edge.UNKNOWN, "default/shop", "", "GET", 200, "", false),
        0,
        MILLI,
        Telemetry.Detail.NONE);
    telemetry.plaintext("10.0.0.9");
    telemetry.plaintext("10.0.0.9");
    Message.Report report = telemetry.report("10.0.0.1");
    EdgeReport orders =
        report.edges().stream().filter(EdgeReport::outbound).findFirst().orElseThrow();
    assertThat(orders.peer()).isEqualTo("default/orders");
    assertThat(orders.mtls()).isTrue();
    assertThat(orders.codes()).containsExactlyInAnyOrderEntriesOf(Map.of(200, 1L, 503, 1L));
    assertThat(orders.reasons()).containsExactly(Map.entry("destination_unavailable", 1L));
    assertThat(orders.retries()).isEqualTo(3);
    assertThat(orders.buckets().stream().mapToLong(Long::longValue).sum()).isEqualTo(2);
    assertThat(report.edges()).hasSize(2);
    assertThat(report.plaintext())
        .containsExactly(new Message.Plaintext("10.0.0.9", 2, CLOCK.instant().toEpochMilli()));
    assertThat(report.metrics()).isEmpty();
  }

  @Test
  void report_survivesTheWire() throws Exception {
    Telemetry telemetry = telemetry();
    telemetry.request(
        out("default/orders", 0, "ConnectException"), 1, MILLI, Telemetry.Detail.NONE);
    telemetry.plaintext("::1");
    Message.Report report = telemetry.report("::1");
    assertThat(Message.decode(report.encode())).isEqualTo(report);
  }

  @Test
  void metricsPort_isTheNextFreeOne_andServesMetricsOnly() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      try (MetricsPort port =
          MetricsPort.open(taken.getLocalPort(), () -> "a 1\n", System::nanoTime, LOG)) {
        assertThat(port.number()).isGreaterThan(taken.getLocalPort());
        assertThat(ask(port.number(), "GET /metrics HTTP/1.1"))
            .startsWith("HTTP/1.1 200 OK\r\n")
            .contains("Content-Type: text/plain; version=0.0.4")
            .endsWith("\r\n\r\na 1\n");
        assertThat(ask(port.number(), "GET / HTTP/1.1")).startsWith("HTTP/1.1 404 ");
        assertThat(ask(port.number(), "POST /metrics HTTP/1.1")).startsWith("HTTP/1.1 405 ");
      }
    }
  }

  private static String ask(int port, String line) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
      socket.setSoTimeout(5_000);
      String request = line + "\r\nHost: x\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void accessLog_hasTheChosenOnes_andEveryFailure() throws IOException {
    Path file = folder.resolve("access.jsonl");
    Telemetry telemetry =
        Telemetry.of(settings("weft.access.log", file.toString()), () -> 0, CLOCK, LOG);
    telemetry.request(out("default/orders", 200, ""), 0, MILLI, Telemetry.Detail.NONE);
    telemetry.request(
        out("default/orders", 503, "destination_unavailable"),
        1,
        1_500_000,
        new Telemetry.Detail(
            "orders",
            "/orders/7",
            "10.0.0.1:8080",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    String expected =
        "{\"time\":\"2026-01-01T00:00:00Z\",\"reporter\":\"source\",\"source\":\"default/shop\","
            + "\"destination\":\"default/orders\",\"method\":\"GET\",\"host\":\"orders\","
            + "\"path\":\"/orders/7\",\"status\":503,\"duration_ms\":1.5,\"route\":\"a rule\","
            + "\"reason\":\"destination_unavailable\",\"endpoint\":\"10.0.0.1:8080\",\"mtls\":true,"
            + "\"retries\":1,\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\"}\n";
    while (Files.size(file) < expected.length()) {
      LockSupport.parkNanos(MILLI);
    }
    assertThat(Files.readString(file)).isEqualTo(expected);
  }
}

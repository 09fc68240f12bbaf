package dev.weft.coordinator.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.wire.EdgeReport;
import dev.weft.wire.LatencyBounds;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopologyTest {
  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final Topology topology = new Topology(() -> now);

  private static EdgeReport edge(boolean out, String peer, long good, long bad) {
    List<Long> buckets = new ArrayList<>(Collections.nCopies(LatencyBounds.BUCKETS, 0L));
    buckets.set(3, good + bad); // 2.5 to 5 ms
    return new EdgeReport(
        out, peer, true, Map.of(200, good, 503, bad), Map.of("late", bad), 3, buckets);
  }

  private void report(String service, String instance, EdgeReport... edges) {
    topology.report(
        service, instance, new Message.Report(List.of(edges), List.of(), instance + ":9464"));
  }

  private Map<String, Object> only() {
    assertThat(topology.edges()).hasSize(1);
    return topology.edges().iterator().next().tree();
  }

  @Test
  void ratesAreThoseOfTheLastHalfMinute() {
    report("default/shop", "a", edge(true, "default/orders", 1_000, 0));
    now += 5 * SECOND;
    report("default/shop", "a", edge(true, "default/orders", 1_090, 10));
    Map<String, Object> edge = only();
    assertThat(edge).containsEntry("source", "default/shop");
    assertThat(edge).containsEntry("destination", "default/orders");
    assertThat(edge).containsEntry("requestsPerSecond", 20.0);
    assertThat(edge).containsEntry("successRate", 0.9);
    assertThat(edge).containsEntry("requests", 1_100L);
    assertThat(edge).containsEntry("mtls", 1.0);
    assertThat((double) ((Map<?, ?>) edge.get("latencySeconds")).get("p50"))
        .isCloseTo(0.00375, within(0.0001));
    now += 60 * SECOND;
    assertThat(only()).containsEntry("requestsPerSecond", 0.0);
    assertThat(only()).containsEntry("requests", 1_100L);
  }

  @Test
  void bothEndsAreTold_andTheCallersWordCounts() {
    report("default/shop", "a", edge(true, "default/orders", 10, 0));
    report("default/shop", "b", edge(true, "default/orders", 5, 0));
    report("default/orders", "c", edge(false, "default/shop", 15, 2));
    Map<String, Object> edge = only();
    assertThat(edge).containsEntry("requests", 15L);
    assertThat(((Map<?, ?>) edge.get("caller")).get("requests")).isEqualTo(15L);
    assertThat(((Map<?, ?>) edge.get("callee")).get("requests")).isEqualTo(17L);
  }

  @Test
  void whatTheMeshAnswersByItself_isNoPlaintext() {
    List<Long> buckets = Collections.nCopies(LatencyBounds.BUCKETS, 0L);
    EdgeReport refused =
        new EdgeReport(
            true,
            "default/orders",
            false,
            Map.of(503, 4L),
            Map.of("destination_unavailable", 4L),
            0,
            buckets);
    report("default/shop", "a", edge(true, "default/orders", 6, 0), refused);
    assertThat(only()).containsEntry("mtls", 1.0);
    assertThat(only()).containsEntry("requests", 10L);
  }

  @Test
  void anInstanceThatIsGone_staysCounted_butIsNotScraped() {
    report("default/shop", "a", edge(true, "default/orders", 10, 0));
    assertThat(topology.targets())
        .containsExactly(new Topology.Target("default/shop", "a", "a:9464"));
    topology.ended("a");
    assertThat(topology.targets()).isEmpty();
    assertThat(only()).containsEntry("requests", 10L);
  }

  @Test
  void aRestartedCoordinator_hasTheSumsAgain() {
    Topology afterwards = new Topology(() -> now);
    afterwards.report(
        "default/shop",
        "a",
        new Message.Report(List.of(edge(true, "default/orders", 10, 0)), List.of(), ""));
    assertThat(afterwards.edges().iterator().next().tree()).containsEntry("requests", 10L);
  }

  @Test
  void plaintextCallers_ofAllInstances() {
    topology.report(
        "default/orders",
        "a",
        new Message.Report(List.of(), List.of(new Message.Plaintext("10.0.0.1", 3, 100)), ""));
    topology.report(
        "default/orders",
        "b",
        new Message.Report(List.of(), List.of(new Message.Plaintext("10.0.0.1", 4, 90)), ""));
    assertThat(topology.plaintextCallers("default/orders"))
        .containsExactly(new Message.Plaintext("10.0.0.1", 7, 100));
    assertThat(topology.plaintextCallers("default/shop")).isEmpty();
  }

  @Test
  void quantiles() {
    assertThat(Quantile.of(0.5, new long[0])).isZero();
    assertThat(Quantile.of(0.5, new long[] {10})).isCloseTo(0.00025, within(1e-9));
    long[] slow = new long[LatencyBounds.BUCKETS];
    slow[LatencyBounds.BUCKETS - 1] = 1;
    assertThat(Quantile.of(0.99, slow)).isEqualTo(10);
  }
}

package dev.weft.coordinator.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.weft.wire.Bounds;
import dev.weft.wire.EdgeReport;
import dev.weft.wire.LatencyBounds;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopologyTest {
  private static final long SECOND = 1_000_000_000L;

  private static final long HEAP = 256 << 20;

  private long now;
  private final Topology topology = new Topology(() -> now, HEAP);

  private static EdgeReport edge(boolean out, String peer, long good, long bad) {
    List<Long> buckets = new ArrayList<>(Collections.nCopies(LatencyBounds.BUCKETS, 0L));
    buckets.set(3, good + bad); // 2.5 to 5 ms
    return new EdgeReport(
        out, peer, true, Map.of(200, good, 503, bad), Map.of("late", bad), 3, buckets);
  }

  private void report(String service, String instance, EdgeReport... edges) {
    topology.report(
        service,
        instance,
        instance + ":9464",
        new Message.Report(List.of(edges), List.of(), "elsewhere:1"));
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

  private static EdgeReport refused(boolean out, String peer, int code, long good, long refused) {
    return new EdgeReport(
        out,
        peer,
        true,
        Map.of(200, good, code, refused),
        out ? Map.of() : Map.of("http_request_denied", refused),
        0,
        Collections.nCopies(LatencyBounds.BUCKETS, 0L));
  }

  /** To the caller a 403 of the callee's mesh is an answer; the callee knows that it is none. */
  @Test
  void whatIsDenied_isNoSuccess() {
    report("default/orders", "c", refused(false, "default/shop", 403, 6, 2));
    assertThat(only()).as("the callee alone").containsEntry("successRate", 0.75);
    report("default/shop", "a", refused(true, "default/orders", 403, 6, 2));
    assertThat(only()).as("both").containsEntry("successRate", 0.75);
    now += 5 * SECOND;
    report("default/orders", "c", refused(false, "default/shop", 403, 6, 12));
    report("default/shop", "a", refused(true, "default/orders", 403, 6, 12));
    assertThat(only()).as("of late").containsEntry("successRate", 0.0);
    Topology own = new Topology(() -> now, HEAP);
    own.report(
        "default/shop",
        "a",
        "",
        new Message.Report(
            List.of(
                new EdgeReport(
                    true,
                    "outside",
                    false,
                    Map.of(403, 4L),
                    Map.of("http_request_denied", 4L),
                    0,
                    Collections.nCopies(LatencyBounds.BUCKETS, 0L))),
            List.of(),
            ""));
    assertThat(own.edges().iterator().next().tree()).containsEntry("successRate", 0.0);
  }

  @Test
  void anApplicationsOwn403_isAnAnswer() {
    EdgeReport own =
        new EdgeReport(
            true,
            "default/orders",
            true,
            Map.of(403, 4L),
            Map.of(),
            0,
            Collections.nCopies(LatencyBounds.BUCKETS, 0L));
    report("default/shop", "a", own);
    assertThat(only()).containsEntry("successRate", 1.0);
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
    topology.ended("default/shop", "a");
    assertThat(topology.targets()).isEmpty();
    assertThat(only()).containsEntry("requests", 10L);
  }

  @Test
  void aRestartedCoordinator_hasTheSumsAgain() {
    Topology afterwards = new Topology(() -> now, HEAP);
    afterwards.report(
        "default/shop",
        "a",
        "",
        new Message.Report(List.of(edge(true, "default/orders", 10, 0)), List.of(), ""));
    assertThat(afterwards.edges().iterator().next().tree()).containsEntry("requests", 10L);
  }

  @Test
  void plaintextCallers_ofAllInstances() {
    topology.report(
        "default/orders",
        "a",
        "",
        new Message.Report(List.of(), List.of(new Message.Plaintext("10.0.0.1", 3, 100)), ""));
    topology.report(
        "default/orders",
        "b",
        "",
        new Message.Report(List.of(), List.of(new Message.Plaintext("10.0.0.1", 4, 90)), ""));
    assertThat(topology.plaintextCallers("default/orders"))
        .containsExactly(new Message.Plaintext("10.0.0.1", 7, 100));
    assertThat(topology.plaintextCallers("default/shop")).isEmpty();
  }

  @Test
  void anotherIdentityOfTheSameInstanceIdIsAnotherInstance() {
    report("default/shop", "a", edge(true, "default/orders", 10, 0));
    report("default/thief", "a", edge(true, "default/orders", 1, 0));
    topology.ended("default/thief", "a");

    assertThat(topology.edges())
        .extracting(EdgeView::tree)
        .extracting(tree -> tree.get("source") + " " + tree.get("requests"))
        .containsExactly("default/shop 10", "default/thief 1");
    assertThat(topology.targets())
        .containsExactly(new Topology.Target("default/shop", "a", "a:9464"));
  }

  @Test
  void howeverOftenItReports_aReporterTakesNoMore() {
    report("default/shop", "a", edge(true, "default/orders", 1, 0));
    for (int i = 2; i < 10_000; i++) {
      now += SECOND / 100;
      report("default/shop", "a", edge(true, "default/orders", i, 0));
    }
    assertThat(topology.bytes()).isLessThan(5_000);
    assertThat((double) only().get("requestsPerSecond")).isCloseTo(100, within(1.0));
  }

  /** As large as its bounds allow. */
  private static Message.Report greatest(int different) {
    Map<Integer, Long> codes = new HashMap<>();
    for (int i = 0; i < Bounds.CODES; i++) {
      codes.put(i, 1L);
    }
    Map<String, Long> reasons = new HashMap<>();
    for (int i = 0; i < Bounds.REASONS; i++) {
      reasons.put("r".repeat(60) + (1_000 + i), 1L);
    }
    List<EdgeReport> edges = new ArrayList<>();
    for (int i = 0; i < EdgeReport.MAX_EDGES; i++) {
      String peer = "n".repeat(63) + "/" + different + "s".repeat(50) + i;
      edges.add(
          new EdgeReport(
              true, peer, true, codes, reasons, 1, Collections.nCopies(LatencyBounds.BUCKETS, 1L)));
    }
    return new Message.Report(edges, List.of(), "");
  }

  /** What is made of the sums to be shown takes more than they do. */
  @Test
  void howeverManyEdgesInstancesMakeUp_noMoreAreShownOfAServiceThanOneCanHave() {
    for (int instance = 0; instance < 5; instance++) {
      EdgeReport[] edges = new EdgeReport[EdgeReport.MAX_EDGES];
      for (int i = 0; i < edges.length; i++) {
        edges[i] = edge(true, "a/s" + (instance * edges.length + i), 1, 0);
      }
      report("default/liar", "liar-" + instance, edges);
    }
    report("default/shop", "shop-1", edge(true, "default/orders", 1, 0));
    assertThat(topology.edges())
        .hasSize(EdgeReport.MAX_EDGES + 1)
        .anyMatch(edge -> edge.tree().toString().contains("default/orders"));
  }

  @Test
  void whoTakesMostMakesRoom_andItAllFitsAQuarterOfTheHeap() {
    report("default/shop", "honest", edge(true, "default/orders", 10, 0));
    long most = 0;
    for (int i = 0; i < 1_000; i++) {
      topology.report("default/thief", "t" + i, "", greatest(i));
      most = Math.max(most, topology.bytes());
    }
    assertThat(most).isBetween(HEAP / 4 - 2 * Reporter.MAX_BYTES, HEAP / 4);
    assertThat(topology.edges())
        .extracting(EdgeView::tree)
        .anySatisfy(tree -> assertThat(tree).containsEntry("source", "default/shop"));
  }

  @Test
  void whatIsCountedIsAtLeastWhatIsTaken() {
    Topology full = new Topology(() -> now, 1L << 40);
    long before = used();
    for (int i = 0; i < 20; i++) {
      for (int again = 0; again < 3; again++) {
        full.report("default/thief", "t" + i, "", greatest(10 * i + again));
        now += 16 * SECOND;
      }
    }
    long taken = used() - before;
    assertThat(full.bytes()).isGreaterThan(20L * Reporter.MAX_BYTES);
    assertThat(taken).isLessThan(full.bytes() + (8 << 20));
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
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

package dev.weft.runtime.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.ServiceName;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What records would bring by themselves, and these have written out. */
class EdgeTest {
  @Test
  void edgesAreEqualByEachOfTheirParts() {
    Edge edge = new Edge(true, "a/b", "c/d", "r", "GET", 200, "", true);
    assertThat(new Edge(true, "a/" + "b".repeat(1), "c/d", "r", "GET", 200, "", true))
        .isEqualTo(edge)
        .hasSameHashCodeAs(edge);
    List<Edge> others =
        List.of(
            new Edge(false, "a/b", "c/d", "r", "GET", 200, "", true),
            new Edge(true, "a/x", "c/d", "r", "GET", 200, "", true),
            new Edge(true, "a/b", "c/x", "r", "GET", 200, "", true),
            new Edge(true, "a/b", "c/d", "x", "GET", 200, "", true),
            new Edge(true, "a/b", "c/d", "r", "PUT", 200, "", true),
            new Edge(true, "a/b", "c/d", "r", "GET", 201, "", true),
            new Edge(true, "a/b", "c/d", "r", "GET", 200, "x", true),
            new Edge(true, "a/b", "c/d", "r", "GET", 200, "", false));
    assertThat(new HashSet<>(others)).hasSize(others.size()).doesNotContain(edge);
    assertThat(others).doesNotHaveDuplicates().extracting(Edge::hashCode).doesNotHaveDuplicates();
    assertThat(edge).isNotEqualTo("a/b").isNotEqualTo(null);
  }

  @Test
  void namesOfServicesAreEqualByBothOfTheirParts() {
    ServiceName name = new ServiceName("a", "b");
    assertThat(ServiceName.parse("a/b")).isEqualTo(name).hasSameHashCodeAs(name);
    assertThat(name)
        .isNotEqualTo(new ServiceName("b", "a"))
        .isNotEqualTo(new ServiceName("a", "c"))
        .isNotEqualTo(new ServiceName("c", "b"))
        .isNotEqualTo("a/b")
        .isNotEqualTo(null);
  }
}

package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostNameTest {
  @ParameterizedTest
  @CsvSource({
    "orders, MESH_LIKE",
    "orders.default.svc, MESH_LIKE",
    "orders.default.svc.cluster.local, MESH_LIKE",
    "orders.default, PERHAPS",
    "example.com, PERHAPS",
    "api.example.com, FOREIGN",
    "10.0.0.7, ADDRESS",
    "[::1], ADDRESS",
    "::1, ADDRESS",
    "localhost, ADDRESS",
    "1234, ADDRESS",
    "10.example, PERHAPS",
  })
  void kindOfHost(String host, HostName.Kind kind) {
    assertThat(HostName.kind(host)).isEqualTo(kind);
  }

  @Test
  void normalized_isLowerCaseWithoutTheTrailingDot() {
    assertThat(HostName.normalize("Orders.Default.")).isEqualTo("orders.default");
    assertThat(HostName.normalize("orders")).isEqualTo("orders");
    assertThat(HostName.normalize("")).isNull();
    assertThat(HostName.normalize(null)).isNull();
  }
}

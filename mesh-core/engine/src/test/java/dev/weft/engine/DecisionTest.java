package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.ServiceName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DecisionTest {
  @Test
  void nobodyRegistered_isA503ThatSaysSo() {
    Service service =
        new Service(new ServiceName("default", "orders"), new TestSurroundings().get());
    service.update(List.of());

    Decision.Refuse refuse =
        Decision.nobody(service.pool(Map.of(), -1, Traffic.DEFAULT), service.rule());

    assertThat(refuse.status()).isEqualTo(503);
    assertThat(refuse.error()).isEqualTo("destination_unavailable");
    assertThat(refuse.rule()).isEqualTo("default/orders (implicit)");
    assertThat(refuse.details()).isEqualTo("no instance is registered");
  }
}

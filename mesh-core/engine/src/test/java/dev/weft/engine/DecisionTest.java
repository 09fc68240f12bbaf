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

    assertThat(refuse)
        .isEqualTo(
            new Decision.Refuse(
                503,
                "destination_unavailable",
                "default/orders (implicit)",
                "no instance is registered",
                0));
  }
}

package dev.weft.engine.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.EgressMode;
import dev.weft.policy.MeshConfig;
import dev.weft.policy.MeshService;
import dev.weft.policy.MeshService.Egress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EgressPolicyTest {
  private static MeshService mesh(
      String namespace, String name, @Nullable Instant created, Egress egress, String... hosts) {
    return new MeshService(
        TestRoute.metadata(namespace, name, created),
        TestRoute.service(name),
        List.of(hosts),
        List.of(),
        egress);
  }

  private static EgressPolicy in(String namespace, Object... specs) {
    return EgressPolicy.of(List.of(specs), namespace);
  }

  @Test
  void nothing_isSaid() {
    assertThat(EgressPolicy.NONE.mode()).isNull();
    assertThat(EgressPolicy.NONE.rule()).isEmpty();
    assertThat(EgressPolicy.NONE.allows("example.com", -1)).isFalse();
    MeshService adopting =
        new MeshService(
            TestRoute.metadata("default", "a", null),
            TestRoute.service("a"),
            List.of("example.com"),
            List.of(),
            null);
    assertThat(in("default", adopting).allows("example.com", -1)).isFalse();
  }

  @Test
  void ofTheNamespace_orOfAll_isAllowed() {
    MeshService all = mesh("weft-system", "all", null, Egress.ALLOW, "*.example.com");
    MeshService shop = mesh("shop", "shop", null, Egress.ALLOW, "pay.example.net");

    assertThat(in("shop", all, shop).allows("a.b.example.com", 443)).isTrue();
    assertThat(in("shop", all, shop).allows("pay.example.net", 443)).isTrue();
    assertThat(in("shop", all, shop).allows("example.com", 443)).isFalse();
    assertThat(in("other", all, shop).allows("a.example.com", 443)).isTrue();
    assertThat(in("other", all, shop).allows("pay.example.net", 443)).isFalse();
    assertThat(in("shop", all, shop).mode()).isNull();
  }

  @Test
  void anAddressWithAPort_isAllowedThere() {
    MeshService address =
        new MeshService(
            TestRoute.metadata("shop", "a", null),
            TestRoute.service("a"),
            List.of(),
            List.of("192.0.2.1:443", "192.0.2.2"),
            Egress.ALLOW);
    assertThat(in("shop", address).allows("192.0.2.1", 443)).isTrue();
    assertThat(in("shop", address).allows("192.0.2.1", 80)).isFalse();
    assertThat(in("shop", address).allows("192.0.2.2", 80)).isTrue();
  }

  @Test
  void theModeIsTheNamespacesOwn_elseThatOfAll_andTheOldestOnes() {
    MeshService all = mesh("weft-system", "all", Instant.ofEpochSecond(1), Egress.REGISTRY_ONLY);
    MeshService late = mesh("shop", "a", Instant.ofEpochSecond(3), Egress.REGISTRY_ONLY);
    MeshService own = mesh("shop", "own", Instant.ofEpochSecond(2), Egress.ALLOW_ANY);

    assertThat(in("shop", all, late, own).mode()).isEqualTo(EgressMode.ALLOW_ANY);
    assertThat(in("shop", all, late, own).rule()).isEqualTo("MeshService shop/own");
    assertThat(in("other", all, late, own).mode()).isEqualTo(EgressMode.REGISTRY_ONLY);
    assertThat(in("other", all, late, own).rule()).isEqualTo("MeshService weft-system/all");
    assertThat(in("other", late, own).mode()).isNull();
  }

  @Test
  void theMeshsSetting_isBeneathThemAll() {
    MeshConfig config =
        new MeshConfig(
            TestRoute.metadata("weft-system", "mesh", null),
            Map.of("weft.egress", "REGISTRY_ONLY"));
    MeshService all = mesh("weft-system", "all", null, Egress.ALLOW_ANY);
    assertThat(in("shop", config).mode()).isEqualTo(EgressMode.REGISTRY_ONLY);
    assertThat(in("shop", config).rule()).isEqualTo("MeshConfig weft-system/mesh");
    assertThat(in("shop", config, all).mode()).isEqualTo(EgressMode.ALLOW_ANY);
    MeshConfig silent = new MeshConfig(TestRoute.metadata("weft-system", "mesh", null), Map.of());
    assertThat(in("shop", silent).mode()).isNull();
  }
}

package dev.weft.policy;

import static dev.weft.policy.Trial.map;
import static dev.weft.policy.Trial.parsed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.PeerAuthentication.Decision;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PeerAuthenticationTest {
  private static final Map<String, String> ORDERS = Map.of("app", "orders", "version", "v1");

  private final List<PeerAuthentication> policies = new ArrayList<>();

  @Test
  void oneThatCannotBeRead_isStrictBeforeOlderOnes_forWhatItSelects() {
    Resource wide = PeerAuthentication.strict(Map.of("metadata", Map.of("name", "p")));
    Resource orders =
        PeerAuthentication.strict(
            Map.of(
                "metadata",
                Map.of("name", "p", "namespace", "default"),
                "spec",
                Map.of("selector", Map.of("matchLabels", Map.of("app", "orders")), "mtls", 7L)));
    Resource unreadable = PeerAuthentication.strict(Map.of("metadata", 7L, "spec", 8L));
    PeerAuthentication open =
        new PeerAuthentication(
            new Metadata("default", "old", Map.of(), Map.of(), java.time.Instant.EPOCH),
            Selector.ALL,
            TlsMode.PERMISSIVE,
            Map.of());
    assertThat(mode(open, wide, "default", "shop")).isEqualTo(TlsMode.STRICT);
    assertThat(mode(open, wide, "prod", "shop")).isEqualTo(TlsMode.PERMISSIVE);
    assertThat(mode(open, orders, "default", "orders")).isEqualTo(TlsMode.STRICT);
    assertThat(mode(open, orders, "default", "shop")).isEqualTo(TlsMode.PERMISSIVE);
    assertThat(mode(open, unreadable, "prod", "shop")).as("the mesh").isEqualTo(TlsMode.STRICT);
  }

  private static TlsMode mode(
      PeerAuthentication one, Resource other, String namespace, String app) {
    return PeerAuthentication.effective(
            List.of(one, (PeerAuthentication) other.spec()), namespace, Map.of("app", app), 8080)
        .mode();
  }

  @Test
  void withoutAnyPolicy_permissive() {
    assertThat(decide()).isEqualTo(new Decision(TlsMode.PERMISSIVE, "default"));
  }

  @Test
  void meshWide() {
    policy("weft-system", "mesh", 1, mode("STRICT"));
    assertThat(decide())
        .isEqualTo(new Decision(TlsMode.STRICT, "PeerAuthentication weft-system/mesh"));
  }

  @Test
  void namespaceWide_overMeshWide() {
    policy("weft-system", "mesh", 1, mode("STRICT"));
    policy("default", "all", 2, mode("DISABLE"));
    policy("other", "all", 0, mode("STRICT"));
    assertThat(decide()).isEqualTo(new Decision(TlsMode.DISABLE, "PeerAuthentication default/all"));
  }

  @Test
  void workload_overNamespaceWide() {
    policy("default", "all", 1, mode("DISABLE"));
    policy("default", "orders", 2, select("app", "orders", mode("STRICT")));
    policy("default", "shop", 0, select("app", "shop", mode("PERMISSIVE")));
    policy("other", "orders", 0, select("app", "orders", mode("PERMISSIVE")));
    assertThat(decide())
        .isEqualTo(new Decision(TlsMode.STRICT, "PeerAuthentication default/orders"));
  }

  @Test
  void emptySelector_concernsTheNamespace() {
    policy(
        "default",
        "all",
        1,
        map("selector", map("matchLabels", map()), "mtls", map("mode", "STRICT")));
    policy("default", "bare", 2, map("selector", map(), "mtls", map("mode", "DISABLE")));
    assertThat(decide().rule()).isEqualTo("PeerAuthentication default/all");
  }

  @Test
  void unset_inheritsFromTheNextWiderLevel() {
    policy("weft-system", "mesh", 1, mode("STRICT"));
    policy("default", "all", 1, mode("UNSET"));
    policy("default", "orders", 1, select("app", "orders", map("mtls", map())));
    assertThat(decide())
        .isEqualTo(new Decision(TlsMode.STRICT, "PeerAuthentication weft-system/mesh"));
  }

  @Test
  void unsetEverywhere_permissive() {
    policy("weft-system", "mesh", 1, map());
    policy("default", "all", 1, mode("UNSET"));
    assertThat(decide()).isEqualTo(new Decision(TlsMode.PERMISSIVE, "default"));
  }

  @Test
  void oldestWins_evenIfItIsUnset() {
    // As in Istio: one policy a level is chosen first, and only then its mode is looked at.
    policy("default", "young", 5, mode("STRICT"));
    policy("default", "old", 1, mode("UNSET"));
    policy("weft-system", "mesh", 9, mode("DISABLE"));
    assertThat(decide().rule()).isEqualTo("PeerAuthentication weft-system/mesh");
  }

  @Test
  void oldestWins_onEachLevel() {
    policy("default", "b", 2, select("app", "orders", mode("DISABLE")));
    policy("default", "a", 3, select("version", "v1", mode("STRICT")));
    assertThat(decide().rule()).isEqualTo("PeerAuthentication default/b");
  }

  @Test
  void equallyOld_goByName_andWithoutATimeComeLast() {
    policy("default", "b", 2, mode("DISABLE"));
    policy("default", "a", 2, mode("STRICT"));
    policy("default", "0", -1, mode("PERMISSIVE"));
    assertThat(decide().rule()).isEqualTo("PeerAuthentication default/a");
  }

  @Test
  void selectorInTheRootNamespace_hasNoEffect() {
    policy("weft-system", "orders", 1, select("app", "orders", mode("STRICT")));
    assertThat(decide().rule()).isEqualTo("default");
    assertThat(PeerAuthentication.effective(policies, "weft-system", ORDERS, 8080).rule())
        .isEqualTo("default");
  }

  @Test
  void workloadsOfTheRootNamespace_takeTheMeshWidePolicy() {
    policy("weft-system", "mesh", 1, mode("STRICT"));
    assertThat(PeerAuthentication.effective(policies, "weft-system", Map.of(), 1).mode())
        .isEqualTo(TlsMode.STRICT);
  }

  @Test
  void istiosRootNamespace_isTheMeshs() {
    policy("istio-system", "default", 1, mode("STRICT"));
    assertThat(decide())
        .isEqualTo(new Decision(TlsMode.STRICT, "PeerAuthentication istio-system/default"));
    policy("weft-system", "older", 0, mode("PERMISSIVE"));
    assertThat(decide().rule()).isEqualTo("PeerAuthentication weft-system/older");
  }

  @Test
  void portLevel() {
    Map<String, Object> spec = select("app", "orders", mode("STRICT"));
    spec.put(
        "portLevelMtls",
        map("8081", map("mode", "DISABLE"), "8082", map("mode", "UNSET"), "8083", map()));
    policy("default", "orders", 1, spec);
    assertThat(decide(8080))
        .isEqualTo(new Decision(TlsMode.STRICT, "PeerAuthentication default/orders"));
    assertThat(decide(8081))
        .isEqualTo(
            new Decision(TlsMode.DISABLE, "PeerAuthentication default/orders portLevelMtls[8081]"));
    assertThat(decide(8082).mode()).isEqualTo(TlsMode.STRICT);
    assertThat(decide(8083).mode()).isEqualTo(TlsMode.STRICT);
  }

  @Test
  void portLevelUnset_inheritsThroughAnUnsetWorkload() {
    policy("default", "all", 1, mode("STRICT"));
    Map<String, Object> spec = select("app", "orders", map());
    spec.put("portLevelMtls", map("8081", map("mode", "UNSET")));
    policy("default", "orders", 2, spec);
    assertThat(decide(8081))
        .isEqualTo(new Decision(TlsMode.STRICT, "PeerAuthentication default/all"));
  }

  @Test
  void theOrderOfTheListDoesNotMatter() {
    policy("weft-system", "mesh", 1, mode("STRICT"));
    policy("default", "b", 2, select("app", "orders", mode("DISABLE")));
    policy("default", "a", 2, select("app", "orders", mode("STRICT")));
    policy("default", "c", 1, mode("PERMISSIVE"));
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      Collections.shuffle(policies, random);
      assertThat(decide().rule()).isEqualTo("PeerAuthentication default/a");
    }
  }

  @Test
  void warnings() throws InvalidResourceException {
    Resource first = resource("default", "first", 1, mode("STRICT"));
    Resource second = resource("default", "second", 2, mode("DISABLE"));
    Resource elsewhere = resource("prod", "third", 3, mode("DISABLE"));
    Resource narrow = resource("default", "narrow", 4, select("app", "a", mode("DISABLE")));
    Resource root = resource("weft-system", "r", 1, select("app", "orders", mode("STRICT")));
    List<Resource> all = List.of(first, second, elsewhere, narrow, root);
    assertThat(Kinds.warnings(first, new Surroundings(all, null))).isEmpty();
    assertThat(Kinds.warnings(elsewhere, new Surroundings(all, null))).isEmpty();
    assertThat(Kinds.warnings(narrow, new Surroundings(all, null))).isEmpty();
    assertThat(Kinds.warnings(second, new Surroundings(all, null)))
        .containsExactly(
            "has no effect beside the older PeerAuthentication default/first, which also concerns"
                + " the whole of its namespace");
    assertThat(Kinds.warnings(root, new Surroundings(all, null)))
        .singleElement()
        .asString()
        .startsWith("has no effect: ");
  }

  private Decision decide() {
    return decide(8080);
  }

  private Decision decide(int port) {
    return PeerAuthentication.effective(policies, "default", ORDERS, port);
  }

  private void policy(String namespace, String name, int created, Map<String, Object> spec) {
    policies.add(parsed(tree(namespace, name, created, spec)));
  }

  private static Resource resource(
      String namespace, String name, int created, Map<String, Object> spec)
      throws InvalidResourceException {
    return Kinds.parse(tree(namespace, name, created, spec), "default");
  }

  /** Created so many seconds after the hour; never, if negative. */
  private static Map<String, Object> tree(
      String namespace, String name, int created, Map<String, Object> spec) {
    Map<String, Object> tree = Trial.peerAuthentication(namespace, name, spec);
    tree.put(
        "metadata",
        map(
            "namespace", namespace,
            "name", name,
            "creationTimestamp", created < 0 ? null : "2026-01-01T00:00:0" + created + "Z"));
    return tree;
  }

  private static Map<String, Object> mode(String mode) {
    return map("mtls", map("mode", mode));
  }

  private static Map<String, Object> select(String key, String value, Map<String, Object> spec) {
    spec.put("selector", map("matchLabels", map(key, value)));
    return spec;
  }
}

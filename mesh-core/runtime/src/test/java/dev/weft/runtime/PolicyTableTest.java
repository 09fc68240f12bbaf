package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Decision;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.engine.inbound.InboundHead;
import dev.weft.engine.inbound.InboundStack;
import dev.weft.engine.inbound.Peer;
import dev.weft.engine.inbound.Transport;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTableTest {
  private PolicyTable table =
      new PolicyTable(
          "default",
          "payments",
          Map.of("version", "v1"),
          new MeshDefaults(Settings.read(new Properties(), Map.of())),
          PolicyTableTest::service,
          System::nanoTime);
  private InboundStack inbound = new InboundStack(table, null, false, System::nanoTime);
  private final List<Message.Nack> nacks = new ArrayList<>();

  @Test
  void withoutPolicy_itIsPermissive() {
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
    assertThat(admit(null, false, "GET", "/pay")).isNull();
  }

  @Test
  void strict_refusesPlaintext_namesItsRule_andLetsMeshTlsIn() {
    push(1, true, strict("payments"));

    Decision.Refuse refuse = admit(null, false, "GET", "/pay");
    assertThat(refuse).isNotNull();
    assertThat(refuse.status()).isEqualTo(403);
    assertThat(refuse.rule()).isEqualTo("PeerAuthentication default/strict");
    assertThat(admit(new Peer("weft.internal", "default", "shop"), true, "GET", "/pay")).isNull();
  }

  @Test
  void aMeshConnectionWithoutAValidPeer_isRefusedInEveryMode() {
    assertThat(admit(null, true, "GET", "/pay")).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /healthz, true",
    "HEAD, /readyz, true",
    "GET, /livez, true",
    "GET, /actuator/health, true",
    "GET, /actuator/health/liveness, true",
    "POST, /healthz, false",
    "GET, /healthz/, false",
    "GET, /healthz;x=/pay, false",
    "GET, /actuator/health/../env, false",
    "GET, /actuator/health/%2e%2e/env, false",
    "GET, /actuator/health/..;/env, false",
    "GET, /actuator/health//x, false",
    "GET, /actuator/health/x/admin, false",
    "GET, /actuator/healthy, false",
    "GET, /pay, false",
  })
  void strict_exemptsProbesOnly(String method, String path, boolean admitted) {
    push(1, true, strict("payments"));
    assertThat(admit(null, false, method, path) == null).isEqualTo(admitted);
  }

  @Test
  void aResourceNotUnderstood_isNacked_andItsLastGoodOneHolds() {
    push(1, true, strict("payments"));

    Map<String, Object> broken =
        Map.of(
            "apiVersion",
            "security.istio.io/v1",
            "kind",
            "PeerAuthentication",
            "metadata",
            Map.of("name", "strict", "namespace", "default"),
            "spec",
            Map.of("mtls", Map.of("mode", "TIGHT")));
    push(2, false, broken);

    assertThat(nacks).hasSize(1);
    assertThat(nacks.get(0).path()).isEqualTo("spec.mtls.mode");
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
  }

  @Test
  void removing_andAFullPush_endAPolicy() {
    push(1, true, strict("payments"));
    table.apply(
        new Message.Push(2, false, List.of(), List.of("PeerAuthentication/default/strict")),
        nacks::add);
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);

    push(3, false, strict("payments"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    table.apply(new Message.Push(4, true, List.of(), List.of()), nacks::add);
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
  }

  // ---- AuthorizationPolicy

  @Test
  void anAuthorizationPolicy_isAskedOnEveryConnection() {
    push(1, true, authorization("no-delete", "DENY", to("methods", "DELETE")));
    assertThat(admit(null, false, "GET", "/pay")).isNull();
    Decision.Refuse refuse = admit(null, false, "DELETE", "/pay");
    assertThat(refuse.rule()).isEqualTo("AuthorizationPolicy default/no-delete rule[0]");
  }

  @Test
  void anAuthorizationPolicyNotUnderstood_deniesWhatItSelects_untilItIsUnderstood() {
    Map<String, Object> strange = authorization("a", "ALLOW", Map.of("shiny", 1L));
    push(1, true, strange);
    assertThat(nacks).hasSize(1);
    assertThat(nacks.get(0).resource()).isEqualTo("AuthorizationPolicy/default/a");
    Decision.Refuse refuse = admit(null, false, "GET", "/pay");
    assertThat(refuse.status()).isEqualTo(403);
    assertThat(refuse.details()).contains("spec.rules[0].shiny");

    // Not understood again, it still has no last good form.
    push(2, false, strange);
    assertThat(admit(null, false, "GET", "/pay")).isNotNull();
    // What is saved is what was pushed: it is no better understood after a restart.
    assertThat(table.trees()).contains(strange);

    push(3, false, authorization("a", "ALLOW", Map.of()));
    assertThat(admit(null, false, "GET", "/pay")).isNull();
    // Now there is a last good form.
    push(4, false, strange);
    assertThat(admit(null, false, "GET", "/pay")).isNull();
    table.apply(
        new Message.Push(5, false, List.of(), List.of("AuthorizationPolicy/default/a")),
        nacks::add);
    push(6, false, strange);
    table.apply(
        new Message.Push(7, false, List.of(), List.of("AuthorizationPolicy/default/a")),
        nacks::add);
    assertThat(admit(null, false, "GET", "/pay")).isNull();
  }

  @Test
  void aPeerAuthenticationNotUnderstood_isStrictForWhatItSelects_untilItIsUnderstood() {
    Map<String, Object> strange = peerAuthentication("payments", "NEWER");
    push(1, true, strange);
    assertThat(nacks)
        .extracting(Message.Nack::resource)
        .containsExactly("PeerAuthentication/default/p");
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    assertThat(table.tlsMode(8080).rule()).isEqualTo("PeerAuthentication default/p");
    push(2, false, strange);
    assertThat(table.tlsMode(8080).mode()).as("still no last good form").isEqualTo(TlsMode.STRICT);
    assertThat(table.trees()).containsExactly(strange);

    push(3, false, peerAuthentication("payments", "PERMISSIVE"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
    push(4, false, strange);
    assertThat(table.tlsMode(8080).mode()).as("the last good form").isEqualTo(TlsMode.PERMISSIVE);

    push(5, true, peerAuthentication("orders", "NEWER"));
    assertThat(table.tlsMode(8080).mode()).as("another's").isEqualTo(TlsMode.PERMISSIVE);
  }

  // ---- pushes of several frames

  @Test
  void aPushOfSeveralFrames_isInForceAsAWhole_orNotAtAll() {
    push(1, true, authorization("deny", "DENY", Map.of()));
    assertThat(admit(null, false, "GET", "/pay")).isNotNull();

    more(2, true, authorization("allow", "ALLOW", Map.of()));
    assertThat(admit(null, false, "GET", "/pay")).as("the DENY is in the next").isNotNull();
    assertThat(table.trees()).hasSize(1);
    push(3, false, authorization("deny", "DENY", Map.of()));
    assertThat(admit(null, false, "GET", "/pay")).isNotNull();
    assertThat(table.trees()).hasSize(2);

    more(4, false, strict("payments"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
    push(5, true, strict("orders"));
    assertThat(table.tlsMode(8080).mode())
        .as("another stream begins anew, and what was begun is forgotten")
        .isEqualTo(TlsMode.PERMISSIVE);
    assertThat(table.trees()).hasSize(1);
  }

  @Test
  void theFirstPush_teachesNothingUntilItIsWhole() {
    more(1, true, authorization("allow", "ALLOW", Map.of()));
    assertThat(table.learnt()).isFalse();
    push(2, false, authorization("deny", "DENY", Map.of()));
    assertThat(table.learnt()).isTrue();
    assertThat(admit(null, false, "GET", "/pay")).isNotNull();
  }

  @Test
  void aPushOfTooManyFrames_changesNothing_andIsNacked() {
    push(1, true, strict("payments"));
    for (int i = 0; i < PushParts.MAX; i++) {
      more(2 + i, i == 0, strict("orders"));
    }
    push(2 + PushParts.MAX, false, strict("orders"));
    assertThat(nacks).singleElement().extracting(Message.Nack::path).isEqualTo("push");
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    push(100, true, strict("orders"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
  }

  private void more(long n, boolean full, Map<String, Object> resource) {
    table.apply(new Message.Push(n, full, List.of(resource), List.of(), true), nacks::add);
  }

  private static Map<String, Object> peerAuthentication(String app, String mode) {
    return Map.of(
        "apiVersion",
        "security.istio.io/v1",
        "kind",
        "PeerAuthentication",
        "metadata",
        Map.of("name", "p", "namespace", "default"),
        "spec",
        Map.of(
            "selector", Map.of("matchLabels", Map.of("app", app)), "mtls", Map.of("mode", mode)));
  }

  @Test
  void anotherKindNotUnderstood_deniesNothing() {
    push(
        1,
        true,
        Map.of(
            "apiVersion",
            "v1",
            "kind",
            "Shiny",
            "metadata",
            Map.of("name", "x"),
            "spec",
            Map.of()));
    assertThat(nacks).hasSize(1);
    assertThat(admit(null, false, "GET", "/pay")).isNull();
  }

  // ---- rate limits

  @Test
  void aRateLimit_countsOn_whateverElseIsPushed() {
    push(1, true, rateLimit("Service", "payments", "per-hour"));
    assertThat(admit(null, false, "GET", "/pay")).isNull();
    Decision.Refuse refuse = admit(null, false, "GET", "/pay");
    assertThat(refuse.status()).isEqualTo(429);
    assertThat(refuse.rule())
        .isEqualTo("BackendTrafficPolicy default/per-hour rateLimit.local.rules[0]");
    assertThat(refuse.retryAfterSeconds()).isBetween(3000, 3600);
    assertThat(admit(null, false, "GET", "/healthz")).isNull();

    push(2, false, strict("orders"));
    push(3, false, strict("shop"));
    assertThat(admit(null, false, "GET", "/pay").status()).isEqualTo(429);

    push(4, true, rateLimit("Service", "orders", "per-hour"));
    assertThat(admit(null, false, "GET", "/pay")).isNull();
  }

  @Test
  void aRateLimitOfARoute_takesThePlaceOfTheServices() {
    push(1, true, rateLimit("Service", "payments", "wide"));
    push(2, false, rateLimit("HTTPRoute", "reports", "narrow"));
    push(
        3,
        false,
        Map.of(
            "apiVersion",
            "gateway.networking.k8s.io/v1",
            "kind",
            "HTTPRoute",
            "metadata",
            Map.of("name", "reports", "namespace", "default"),
            "spec",
            Map.of(
                "parentRefs",
                List.of(Map.of("group", "", "kind", "Service", "name", "payments")),
                "rules",
                List.of(
                    Map.of(
                        "matches",
                        List.of(Map.of("path", Map.of("value", "/reports"))),
                        "backendRefs",
                        List.of(Map.of("name", "payments")))))));
    assertThat(admit(null, false, "GET", "/reports/1")).isNull();
    assertThat(admit(null, false, "GET", "/%72eports/1").rule()).contains("default/narrow");
    assertThat(admit(null, false, "GET", "/pay")).isNull();
    assertThat(admit(null, false, "GET", "/pay").rule()).contains("default/wide");
  }

  @Test
  void theFloor_holdsBeforeAndUnderneathEveryPolicy() {
    Properties floor = new Properties();
    floor.setProperty("weft.mtls.floor", "STRICT");
    PolicyTable floored =
        new PolicyTable(
            "default",
            "payments",
            Map.of(),
            new MeshDefaults(Settings.read(floor, Map.of())),
            PolicyTableTest::service,
            System::nanoTime);
    assertThat(floored.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    assertThat(floored.tlsMode(8080).rule()).isEqualTo("weft.mtls.floor");
  }

  @Test
  void theFloorOfAuthorization_holdsUntilTheFirstPolicy_beItNone() {
    Properties floor = new Properties();
    floor.setProperty("weft.authorization.floor", "DENY");
    table =
        new PolicyTable(
            "default",
            "payments",
            Map.of(),
            new MeshDefaults(Settings.read(floor, Map.of())),
            PolicyTableTest::service,
            System::nanoTime);
    inbound = new InboundStack(table, null, false, System::nanoTime);
    assertThat(admit(null, false, "GET", "/pay").rule()).isEqualTo("weft.authorization.floor");
    assertThat(admit(null, false, "GET", "/healthz")).isNull();
    table.apply(new Message.Push(1, true, List.of(), List.of()), nack -> {});
    assertThat(admit(null, false, "GET", "/pay")).isNull();
  }

  @Test
  void aPolicyOfAnotherService_doesNotConcernThisOne() {
    push(1, true, strict("orders"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
  }

  private static Service service(ServiceName app) {
    return new Service(app, new Surroundings(System::nanoTime, (task, delay) -> {}, bound -> 0));
  }

  private Decision.Refuse admit(Peer peer, boolean mesh, String method, String path) {
    InboundHead head =
        new InboundHead() {
          @Override
          public String method() {
            return method;
          }

          @Override
          public String target() {
            return path;
          }

          @Override
          public String query() {
            return null;
          }

          @Override
          public String authority() {
            return null;
          }

          @Override
          public List<String> header(String name) {
            return List.of();
          }

          @Override
          public byte[] source() {
            return null;
          }
        };
    return inbound
        .admit(head, mesh ? Transport.MESH_TLS : Transport.PLAINTEXT, peer, 8080)
        .refuse();
  }

  private void push(long n, boolean full, Map<String, Object> resource) {
    table.apply(new Message.Push(n, full, List.of(resource), List.of()), nacks::add);
  }

  private static Map<String, Object> strict(String app) {
    return Map.of(
        "apiVersion",
        "security.istio.io/v1",
        "kind",
        "PeerAuthentication",
        "metadata",
        Map.of("name", "strict", "namespace", "default"),
        "spec",
        Map.of(
            "selector", Map.of("matchLabels", Map.of("app", app)),
            "mtls", Map.of("mode", "STRICT")));
  }

  private static Map<String, Object> to(String field, String value) {
    return Map.of("to", List.of(Map.of("operation", Map.of(field, List.of(value)))));
  }

  private static Map<String, Object> authorization(
      String name, String action, Map<String, Object> rule) {
    return Map.of(
        "apiVersion",
        "security.istio.io/v1",
        "kind",
        "AuthorizationPolicy",
        "metadata",
        Map.of("name", name, "namespace", "default"),
        "spec",
        Map.of(
            "selector", Map.of("matchLabels", Map.of("app", "payments")),
            "action", action,
            "rules", List.of(rule)));
  }

  private static Map<String, Object> rateLimit(String kind, String target, String name) {
    String group = kind.equals("Service") ? "" : "gateway.networking.k8s.io";
    return Map.of(
        "apiVersion",
        "gateway.envoyproxy.io/v1alpha1",
        "kind",
        "BackendTrafficPolicy",
        "metadata",
        Map.of("name", name, "namespace", "default"),
        "spec",
        Map.of(
            "targetRefs", List.of(Map.of("group", group, "kind", kind, "name", target)),
            "rateLimit",
                Map.of(
                    "local",
                    Map.of(
                        "rules",
                        List.of(Map.of("limit", Map.of("requests", 1L, "unit", "Hour")))))));
  }
}

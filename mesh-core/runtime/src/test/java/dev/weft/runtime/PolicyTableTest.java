package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Decision;
import dev.weft.engine.Service;
import dev.weft.engine.Surroundings;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.tls.SpiffeId;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTableTest {
  private final PolicyTable table =
      new PolicyTable(
          "default",
          "payments",
          Map.of("version", "v1"),
          TlsMode.PERMISSIVE,
          PolicyTableTest::service);
  private final Admission admission = new Admission(table, null);
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
    assertThat(admit(new SpiffeId("weft.internal", "default", "shop"), true, "GET", "/pay"))
        .isNull();
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

  @Test
  void theFloor_holdsBeforeAndUnderneathEveryPolicy() {
    PolicyTable floored =
        new PolicyTable("default", "payments", Map.of(), TlsMode.STRICT, PolicyTableTest::service);
    assertThat(floored.tlsMode(8080).mode()).isEqualTo(TlsMode.STRICT);
    assertThat(floored.tlsMode(8080).rule()).isEqualTo("weft.mtls.floor");
  }

  @Test
  void aPolicyOfAnotherService_doesNotConcernThisOne() {
    push(1, true, strict("orders"));
    assertThat(table.tlsMode(8080).mode()).isEqualTo(TlsMode.PERMISSIVE);
  }

  private static Service service(ServiceName app) {
    return new Service(app, new Surroundings(System::nanoTime, (task, delay) -> {}, bound -> 0));
  }

  private Decision.Refuse admit(SpiffeId peer, boolean mesh, String method, String path) {
    return admission.admit(peer, mesh, 8080, method, path);
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
}

package dev.weft.policy;

import static dev.weft.policy.Trial.problems;
import static dev.weft.policy.Trial.resource;
import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeshServiceTest {
  private static final String HEAD =
      """
      apiVersion: weft.dev/v1alpha1
      kind: MeshService
      metadata: {name: orders, namespace: prod}
      spec:
      """;

  private static MeshService read(String spec) {
    return (MeshService) resource(HEAD + "  " + spec + "\n").spec();
  }

  @Test
  void namesAndAddressesInTheFormThatTheyAreComparedIn() {
    MeshService service =
        read(
            "{hosts: [Orders.Internal., '*.orders.internal', legacy], addresses: [10.0.0.7:8080,"
                + " 10.0.0.8, '[FD00::7]:80', 'fd00::8']}");
    assertThat(service.service()).isEqualTo(new ServiceName("prod", "orders"));
    assertThat(service.hosts()).containsExactly("orders.internal", "*.orders.internal", "legacy");
    assertThat(service.addresses())
        .containsExactly("10.0.0.7:8080", "10.0.0.8", "[fd00::7]:80", "[fd00::8]");
    assertThat(read("{service: orders-v2, hosts: [a]}").service())
        .isEqualTo(new ServiceName("prod", "orders-v2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", "a.*", "*.*.a", "10.0.0.1", "a:80", "http://a", "a_b", "*a.b"})
  void notAHost(String host) {
    assertThat(problems(yaml(HEAD + "  hosts: ['" + host + "']\n")))
        .containsExactly(
            "spec.hosts[0]: "
                + host
                + " (expected: a host name such as orders.internal, or *.internal for all below;"
                + " addresses stand in addresses)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "10.0.0.256",
        "10.0.0",
        "10.0.0.1.",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "[10.0.0.1]:80",
        "fd00:::7",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "10.0.0.0/8"
      })
  void notAnAddress(String address) {
    assertThat(problems(yaml(HEAD + "  addresses: ['" + address + "']\n")))
        .containsExactly(
            "spec.addresses[0]: "
                + address
                + " (expected: an IP address, with a port or without: 10.0.0.7, 10.0.0.7:8080 or"
                + " [fd00::7]:8080)");
  }

  @Test
  void theOutside() {
    MeshService allowed = read("{hosts: ['*.Example.com'], addresses: [192.0.2.7], egress: ALLOW}");
    assertThat(allowed.adopts()).isFalse();
    assertThat(allowed.mode()).isNull();
    assertThat(allowed.hosts()).containsExactly("*.example.com");
    assertThat(read("{egress: REGISTRY_ONLY}").mode()).isEqualTo(EgressMode.REGISTRY_ONLY);
    assertThat(read("{egress: ALLOW_ANY}").mode()).isEqualTo(EgressMode.ALLOW_ANY);
    assertThat(read("{hosts: [a]}").adopts()).isTrue();
  }

  @Test
  void whatTheOutsideDoesNotGoWith() {
    assertThat(problems(yaml(HEAD + "  {egress: ALLOW, service: a}\n")))
        .containsExactly(
            "spec.hosts: missing (expected: at least one of hosts or addresses)",
            "spec.service: a (expected: absent: egress is about what is no service of the mesh)");
    assertThat(
            problems(yaml(HEAD + "  {egress: REGISTRY_ONLY, hosts: [a], addresses: [10.0.0.7]}\n")))
        .containsExactly(
            "spec.hosts: a list of 1 (expected: absent: egress: REGISTRY_ONLY is about all hosts; single"
                + " ones are for egress: ALLOW)",
            "spec.addresses: a list of 1 (expected: absent: egress: REGISTRY_ONLY is about all"
                + " hosts; single ones are for egress: ALLOW)");
    assertThat(problems(yaml(HEAD + "  {egress: DENY}\n")))
        .startsWith("spec.egress: DENY (expected: one of ALLOW, ALLOW_ANY, REGISTRY_ONLY)");
  }

  @Test
  void reviewsOfTheOutside() {
    Resource adopting = resource(named("orders", "2026-01-02", "{hosts: [a, b]}"));
    Resource allowing = resource(named("out", "2026-01-01", "{hosts: [a, c], egress: ALLOW}"));
    Resource closed = resource(named("closed", "2026-01-01", "{egress: REGISTRY_ONLY}"));
    Resource open = resource(named("open", "2026-01-02", "{egress: ALLOW_ANY}"));
    Surroundings all =
        new Surroundings(
            List.of(adopting, allowing, closed, open),
            (app, labels) -> app.name().equals("orders"));
    assertThat(Kinds.warnings(adopting, all)).isEmpty();
    assertThat(Kinds.warnings(allowing, all))
        .containsExactly(
            "a has no effect beside the MeshService prod/orders, which makes it the mesh's");
    assertThat(Kinds.warnings(closed, all)).isEmpty();
    assertThat(Kinds.warnings(open, all))
        .containsExactly(
            "egress has no effect beside the older MeshService prod/closed, which says"
                + " REGISTRY_ONLY");
  }

  private static String named(String name, String day, String spec) {
    return """
        apiVersion: weft.dev/v1alpha1
        kind: MeshService
        metadata: {name: %s, namespace: prod, creationTimestamp: "%sT00:00:00Z"}
        spec: %s
        """
        .formatted(name, day, spec);
  }

  @Test
  void whatIsNotHonoured() {
    assertThat(problems(yaml(HEAD + "  {hosts: [a, A], tls: MESH}\n")))
        .containsExactly(
            "spec.hosts[1]: a (expected: each entry once)",
            "spec.tls: MESH (expected: absent: TLS inside https:// calls stays the application's"
                + " own)");
    assertThat(problems(yaml(HEAD + "  {service: a.b}\n")))
        .isEqualTo(
            List.of(
                "spec.hosts: missing (expected: at least one of hosts or addresses)",
                "spec.service: a.b (expected: " + Dns1123.LABEL + ")"));
  }
}

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
  void whatIsNotHonoured() {
    assertThat(problems(yaml(HEAD + "  {hosts: [a, A], tls: MESH, egress: ALLOW_ANY}\n")))
        .containsExactly(
            "spec.hosts[1]: a (expected: each entry once)",
            "spec.tls: MESH (expected: absent: TLS inside https:// calls stays the application's"
                + " own)",
            "spec.egress: ALLOW_ANY (expected: absent: services outside of the mesh are not adopted"
                + " yet)");
    assertThat(problems(yaml(HEAD + "  {service: a.b}\n")))
        .isEqualTo(
            List.of(
                "spec.service: a.b (expected: " + Dns1123.LABEL + ")",
                "spec.hosts: missing (expected: at least one of hosts or addresses)"));
  }
}

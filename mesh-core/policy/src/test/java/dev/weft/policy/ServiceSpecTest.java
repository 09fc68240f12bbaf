package dev.weft.policy;

import static dev.weft.policy.Trial.problems;
import static dev.weft.policy.Trial.resource;
import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ServiceSpecTest {
  private static final String HEAD =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: orders-v2, namespace: prod}
      spec:
      """;

  @Test
  void readsWhatKubectlPrints() {
    ServiceSpec service =
        (ServiceSpec)
            resource(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata:
                      name: orders-v2
                      namespace: prod
                      resourceVersion: "1002"
                    spec:
                      clusterIP: 10.96.0.17
                      clusterIPs: [10.96.0.17]
                      internalTrafficPolicy: Cluster
                      ipFamilies: [IPv4]
                      ipFamilyPolicy: SingleStack
                      ports:
                      - {name: http, port: 80, protocol: TCP, targetPort: 8080, appProtocol: http}
                      - {name: alt, port: 8080, protocol: TCP}
                      selector: {app: orders, version: v2}
                      sessionAffinity: None
                      type: ClusterIP
                    status: {loadBalancer: {}}
                    """)
                .spec();
    assertThat(service.name()).isEqualTo(new ServiceName("prod", "orders-v2"));
    assertThat(service.members()).isEqualTo(new ServiceName("prod", "orders"));
    assertThat(service.labels()).isEqualTo(Map.of("version", "v2"));
    assertThat(service.ports())
        .containsExactly(
            new ServiceSpec.Port("http", 80, 8080, "http"),
            new ServiceSpec.Port("alt", 8080, 8080, null));
  }

  @Test
  void kubernetesRecommendedLabelIsTheApp() {
    ServiceSpec service =
        (ServiceSpec)
            resource(HEAD + "  clusterIP: None\n  selector: {app.kubernetes.io/name: orders}\n")
                .spec();
    assertThat(service.app()).isEqualTo("orders");
    assertThat(service.labels()).isEmpty();
    assertThat(service.ports()).isEmpty();
  }

  static Stream<Arguments> wrong() {
    String app =
        "the label app (or app.kubernetes.io/name): the name under which instances register";
    String good = "selector: {app: orders}\n  ";
    return Stream.of(
        Arguments.of(
            "ports: [{port: 80}]", List.of("spec.selector: missing (expected: " + app + ")")),
        Arguments.of(
            "selector: {version: v2}",
            List.of("spec.selector: an object with [version] (expected: " + app + ")")),
        Arguments.of(
            "selector: {app: a, app.kubernetes.io/name: b}",
            List.of(
                "spec.selector: app=a, app.kubernetes.io/name=b (expected: the same value for both,"
                    + " for they are the same label here)")),
        Arguments.of(
            "selector: {app: Orders}",
            List.of("spec.selector: Orders (expected: for app " + Dns1123.LABEL + ")")),
        Arguments.of(
            good + "ports: [{port: 80, targetPort: http}]",
            List.of(
                "spec.ports[0].targetPort: http (expected: a port number from 1 to 65535: instances"
                    + " have no ports by name here)")),
        Arguments.of(
            good + "ports: [{port: 80, name: a}, {port: 80}]",
            List.of(
                "spec.ports[1].name: missing (expected: a name, for there are several ports)",
                "spec.ports[1].port: 80 (expected: a port that no other entry has)")),
        Arguments.of(
            good + "ports: [{port: 53, protocol: UDP, appProtocol: 'a b', nodePort: 30000}]",
            List.of(
                "spec.ports[0].protocol: UDP (expected: TCP or absent: the mesh carries TCP)",
                "spec.ports[0].nodePort: 30000 (expected: 0 or absent: the mesh opens no ports to"
                    + " the outside)",
                "spec.ports[0].appProtocol: a b (expected: a protocol such as http, https, tcp or"
                    + " kubernetes.io/h2c)")),
        Arguments.of(
            good + "ports: [{}]",
            List.of("spec.ports[0].port: missing (expected: a port number from 1 to 65535)")),
        Arguments.of(
            good + "type: ExternalName\n  externalName: example.com",
            List.of(
                "spec.type: ExternalName (expected: ClusterIP or absent: the mesh opens no ports to"
                    + " the outside; an external name is a matter of DNS)",
                "spec.externalName: example.com (expected: absent: names outside of the mesh are a"
                    + " matter of DNS)")),
        Arguments.of(
            good + "sessionAffinity: ClientIP",
            List.of(
                "spec.sessionAffinity: ClientIP (expected: None or absent: a BackendTrafficPolicy"
                    + " with loadBalancer.type ConsistentHash keeps a user on an endpoint)")),
        Arguments.of(
            good + "publishNotReadyAddresses: true",
            List.of(
                "spec.publishNotReadyAddresses: true (expected: false or absent: instances get"
                    + " calls when they are ready)")));
  }

  @ParameterizedTest
  @MethodSource
  void wrong(String spec, List<String> expected) {
    assertThat(problems(yaml(HEAD + "  " + spec + "\n"))).containsExactlyElementsOf(expected);
  }
}

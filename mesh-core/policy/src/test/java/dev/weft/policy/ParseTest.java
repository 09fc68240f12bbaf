package dev.weft.policy;

import static dev.weft.policy.Trial.map;
import static dev.weft.policy.Trial.peerAuthentication;
import static dev.weft.policy.Trial.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ParseTest {
  private static final Map<String, Object> STRICT = map("mtls", map("mode", "STRICT"));

  @Test
  void readsAll() throws InvalidResourceException {
    Resource resource =
        Kinds.parse(
            map(
                "apiVersion",
                "security.istio.io/v1",
                "kind",
                "PeerAuthentication",
                "metadata",
                map(
                    "name", "strict.orders",
                    "namespace", "prod",
                    "labels", map("team", "a"),
                    "annotations", map("weft.dev/why", "any text: at all"),
                    "creationTimestamp", "2026-01-31T13:00:00+01:00"),
                "spec",
                map(
                    "selector", map("matchLabels", map("app", "orders")),
                    "mtls", map("mode", "STRICT"),
                    "portLevelMtls",
                        map("8080", map("mode", "DISABLE"), "9090", map("mode", "UNSET")))),
            "default");

    assertThat(resource.id()).isEqualTo("PeerAuthentication/prod/strict.orders");
    assertThat(resource.metadata().labels()).isEqualTo(Map.of("team", "a"));
    assertThat(resource.metadata().annotations())
        .isEqualTo(Map.of("weft.dev/why", "any text: at all"));
    assertThat(resource.metadata().creationTimestamp())
        .isEqualTo(Instant.parse("2026-01-31T12:00:00Z"));
    PeerAuthentication policy = (PeerAuthentication) resource.spec();
    assertThat(policy.mode()).isEqualTo(TlsMode.STRICT);
    assertThat(policy.selector().matchLabels()).isEqualTo(Map.of("app", "orders"));
    Map<Integer, TlsMode> ports = new HashMap<>();
    ports.put(8080, TlsMode.DISABLE);
    ports.put(9090, null);
    assertThat(policy.portModes()).isEqualTo(ports);
  }

  @Test
  void whatKubectlPrintsIsAccepted() {
    Map<String, Object> tree = peerAuthentication("default", "a", STRICT);
    tree.put("status", map("conditions", List.of()));
    tree.put(
        "metadata",
        map(
            "name",
            "a",
            "uid",
            "7",
            "resourceVersion",
            "12",
            "generation",
            3L,
            "managedFields",
            List.of(map("manager", "kubectl")),
            "ownerReferences",
            List.of(),
            "creationTimestamp",
            null));
    assertThat(problems(tree)).isEmpty();
  }

  @Test
  void namespaceFallsBackToTheCallers() throws InvalidResourceException {
    Map<String, Object> tree = peerAuthentication("x", "a", STRICT);
    tree.put("metadata", map("name", "a"));
    assertThat(Kinds.parse(tree, "prod").namespace()).isEqualTo("prod");
  }

  @Test
  void twoWaysOfWritingAreOneTree() throws InvalidResourceException {
    Map<String, Object> one =
        peerAuthentication(
            "default",
            "a",
            map(
                "mtls",
                map("mode", "STRICT"),
                "selector",
                map("matchLabels", map("a", "1", "b", "2"))));
    Map<String, Object> other =
        peerAuthentication(
            "default",
            "a",
            map(
                "selector", map("matchLabels", map("b", "2", "a", "1")),
                "portLevelMtls", null,
                "mtls", map("mode", "STRICT")));
    other.put("apiVersion", "security.istio.io/v1beta1");

    // Also the order of the fields: it decides the hash.
    assertThat(Kinds.parse(one, "default").tree().toString())
        .isEqualTo(Kinds.parse(other, "default").tree().toString());
  }

  @Test
  void treeReadsBackAsItself() throws InvalidResourceException {
    Map<String, Object> tree = peerAuthentication("default", "a", STRICT);
    tree.put(
        "metadata",
        map("name", "a", "labels", map("x", "y"), "creationTimestamp", "2026-01-31T12:00:00.123Z"));
    Resource resource = Kinds.parse(tree, "default");
    assertThat(Kinds.parse(resource.tree(), "other"))
        .usingRecursiveComparison()
        .isEqualTo(resource);
  }

  @Test
  void treesAreImmutable() throws InvalidResourceException {
    Resource resource = Kinds.parse(peerAuthentication("default", "a", STRICT), "default");
    assertThatThrownBy(() -> resource.specTree().put("x", 1L))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> resource.tree().remove("spec"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  static Stream<Arguments> wrong() {
    String modes = "one of UNSET, DISABLE, PERMISSIVE, STRICT";
    return Stream.of(
        Arguments.of(
            "mode is none of the four",
            map("mtls", map("mode", "STRCT")),
            "spec.mtls.mode: STRCT (expected: " + modes + ")"),
        Arguments.of(
            "mode in lower case",
            map("mtls", map("mode", "strict")),
            "spec.mtls.mode: strict (expected: " + modes + ")"),
        Arguments.of(
            "mode is a number",
            map("mtls", map("mode", 3L)),
            "spec.mtls.mode: 3 (expected: " + modes + ", as text (in quotes))"),
        Arguments.of(
            "mtls is text", map("mtls", "STRICT"), "spec.mtls: STRICT (expected: an object)"),
        Arguments.of(
            "unknown field, near a known one",
            map("mtl", map("mode", "STRICT")),
            "spec.mtl: an object with [mode] (expected: a known field: mtls, portLevelMtls, selector;"
                + " did you mean mtls?)"),
        Arguments.of(
            "unknown field deep inside",
            map("mtls", map("mode", "STRICT", "minimumVersion", "1.3")),
            "spec.mtls.minimumVersion: 1.3 (expected: a known field: mode)"),
        Arguments.of(
            "unknown field that is null",
            map("jwt", null),
            "spec.jwt: null (expected: a known field: mtls, portLevelMtls, selector)"),
        Arguments.of(
            "selector with expressions",
            map("selector", map("matchExpressions", List.of())),
            "spec.selector.matchExpressions: [] (expected: a known field: matchLabels)"),
        Arguments.of(
            "label value is a number",
            map("selector", map("matchLabels", map("version", 2L))),
            "spec.selector.matchLabels.version: 2 (expected: text, as text (in quotes))"),
        Arguments.of(
            "label value with a wildcard",
            map("selector", map("matchLabels", map("app", "ord*"))),
            "spec.selector.matchLabels.app: ord* (expected: " + Labels.VALUE + ")"),
        Arguments.of(
            "label key is none",
            map("selector", map("matchLabels", map("a/b/c", "x"))),
            "spec.selector.matchLabels[\"a/b/c\"]: a/b/c (expected: " + Labels.KEY + ")"),
        Arguments.of(
            "ports without a selector",
            map("portLevelMtls", map("8080", map("mode", "STRICT"))),
            "spec.portLevelMtls: an object with [8080] (expected: only beside"
                + " spec.selector.matchLabels, as in Istio)"),
        Arguments.of(
            "no ports",
            map("selector", map("matchLabels", map("app", "a")), "portLevelMtls", map()),
            "spec.portLevelMtls: {} (expected: at least one port)"),
        Arguments.of(
            "port out of range",
            map(
                "selector", map("matchLabels", map("app", "a")),
                "portLevelMtls", map("65536", map("mode", "STRICT"))),
            "spec.portLevelMtls.65536: 65536 (expected: a port number from 1 to 65535)"),
        Arguments.of(
            "port by name",
            map(
                "selector", map("matchLabels", map("app", "a")),
                "portLevelMtls", map("http", map("mode", "STRICT"))),
            "spec.portLevelMtls.http: http (expected: a port number from 1 to 65535)"),
        Arguments.of(
            "mode of a port",
            map(
                "selector", map("matchLabels", map("app", "a")),
                "portLevelMtls", map("80", map("mode", "OFF"))),
            "spec.portLevelMtls.80.mode: OFF (expected: " + modes + ")"),
        Arguments.of("spec is a list", List.of(), "spec: [] (expected: an object)"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void wrong(String what, Object spec, String expected) {
    assertThat(problems(peerAuthentication("default", "a", spec))).containsExactly(expected);
  }

  static Stream<Arguments> wrongMetadata() {
    return Stream.of(
        Arguments.of(map(), "metadata.name: missing (expected: " + Dns1123.SUBDOMAIN + ")"),
        Arguments.of(null, "metadata.name: missing (expected: " + Dns1123.SUBDOMAIN + ")"),
        Arguments.of("a", "metadata: a (expected: an object)"),
        Arguments.of(
            map("name", "Orders"), "metadata.name: Orders (expected: " + Dns1123.SUBDOMAIN + ")"),
        Arguments.of(map("name", ""), "metadata.name:  (expected: " + Dns1123.SUBDOMAIN + ")"),
        Arguments.of(
            map("name", 7L),
            "metadata.name: 7 (expected: " + Dns1123.SUBDOMAIN + ", as text (in quotes))"),
        Arguments.of(
            map("name", "a", "namespace", "a.b"),
            "metadata.namespace: a.b (expected: " + Dns1123.LABEL + ")"),
        Arguments.of(
            map("name", "a", "labels", map("k", true)),
            "metadata.labels.k: true (expected: text, as text (in quotes))"),
        Arguments.of(
            map("name", "a", "labels", map("k", "a b")),
            "metadata.labels.k: a b (expected: " + Labels.VALUE + ")"),
        Arguments.of(
            map("name", "a", "annotations", map("a b", "x")),
            "metadata.annotations[\"a b\"]: a b (expected: " + Labels.KEY + ")"),
        Arguments.of(
            map("name", "a", "annotations", map("a", "x".repeat(65537))),
            "metadata.annotations.a: " + "x".repeat(80) + "… (expected: at most 65536 characters)"),
        Arguments.of(
            map("name", "a", "creationTimestamp", "yesterday"),
            "metadata.creationTimestamp: yesterday (expected: a time such as"
                + " 2026-01-31T12:00:00Z)"));
  }

  @ParameterizedTest
  @MethodSource
  void wrongMetadata(Object metadata, String expected) {
    Map<String, Object> tree = peerAuthentication("default", "a", STRICT);
    tree.put("metadata", metadata);
    assertThat(problems(tree)).containsExactly(expected);
  }

  /** Each for a Service, of which other meshes' annotations say most. */
  @Test
  void annotationsThatCarryPolicy_areRefused() {
    for (String key :
        List.of(
            "retry.linkerd.io/http",
            "retry.linkerd.io/limit",
            "timeout.linkerd.io/request",
            "balancer.linkerd.io/failure-accrual",
            "config.linkerd.io/opaque-ports",
            "config.linkerd.io/default-inbound-policy",
            "config.linkerd.io/some-new-one",
            "istio.io/dry-run",
            "networking.istio.io/traffic-distribution",
            "networking.istio.io/exportTo",
            "sidecar.istio.io/inject",
            "traffic.sidecar.istio.io/excludeInboundPorts",
            "gateway.envoyproxy.io/x",
            "service.kubernetes.io/topology-mode",
            "service.alpha.kubernetes.io/tolerate-unready-endpoints")) {
      assertThat(problems(annotated("Service", key, "5xx")))
          .as(key)
          .singleElement()
          .asString()
          .startsWith("metadata.annotations[\"" + key + "\"]: 5xx (expected: absent: ");
    }
    assertThat(problems(annotated("Service", "retry.linkerd.io/http", "5xx")).get(0))
        .contains("write rules[].retry of an HTTPRoute");
    assertThat(problems(annotated("PeerAuthentication", "istio.io/dry-run", "true")).get(0))
        .contains("only an AuthorizationPolicy can be tried");
    Map<String, Object> labelled = annotated("Service", "a", "b");
    labelled.put("metadata", map("name", "a", "labels", map("istio.io/use-waypoint", "w")));
    assertThat(problems(labelled)).singleElement().asString().contains("istio.io/use-waypoint");
  }

  @Test
  void annotationsThatSayNothingHere_pass() {
    for (String key :
        List.of(
            "kubectl.kubernetes.io/last-applied-configuration",
            "meta.helm.sh/release-name",
            "linkerd.io/created-by",
            "istio.io/rev",
            "notistio.io/dry-run",
            "example.com/istio.io")) {
      assertThat(problems(annotated("Service", key, "x"))).as(key).isEmpty();
    }
    assertThat(problems(annotated("Service", "linkerd.io/inject", "enabled"))).isEmpty();
    assertThat(problems(annotated("Service", "linkerd.io/inject", "disabled"))).hasSize(1);
  }

  @Test
  void dryRun() throws InvalidResourceException {
    for (boolean dry : new boolean[] {true, false}) {
      Map<String, Object> tree =
          annotated("AuthorizationPolicy", "istio.io/dry-run", String.valueOf(dry));
      AuthorizationPolicy policy = (AuthorizationPolicy) Kinds.parse(tree, "default").spec();
      assertThat(policy.dryRun()).isEqualTo(dry);
    }
    assertThat(problems(annotated("AuthorizationPolicy", "istio.io/dry-run", "yes")))
        .containsExactly(
            "metadata.annotations[\"istio.io/dry-run\"]: yes (expected: true or false)");
  }

  private static Map<String, Object> annotated(String kind, String key, String value) {
    boolean service = kind.equals("Service");
    return map(
        "apiVersion",
        service ? "v1" : "security.istio.io/v1",
        "kind",
        kind,
        "metadata",
        map("name", "a", "annotations", map(key, value)),
        "spec",
        service ? map("selector", map("app", "a")) : map());
  }

  @Test
  void wrongKindsAndVersions() {
    String kinds =
        "one of PeerAuthentication, AuthorizationPolicy, Service, HTTPRoute, BackendTrafficPolicy, MeshService,"
            + " MeshConfig";
    assertThat(problems(map()))
        .containsExactly(
            "kind: missing (expected: " + kinds + ")",
            "apiVersion: missing (expected: a group and version)");
    Map<String, Object> tree = peerAuthentication("default", "a", STRICT);
    tree.put("kind", "PeerAuthentification");
    assertThat(problems(tree))
        .containsExactly(
            "kind: PeerAuthentification (expected: "
                + kinds
                + "; did you mean PeerAuthentication?)");
    tree.put("kind", "PeerAuthentication");
    tree.put("apiVersion", "v1");
    assertThat(problems(tree))
        .containsExactly(
            "apiVersion: v1 (expected: security.istio.io/v1 or security.istio.io/v1beta1 for"
                + " PeerAuthentication)");
    tree.put("apiVersion", "security.istio.io/v1");
    tree.put("specs", map());
    assertThat(problems(tree))
        .containsExactly(
            "specs: {} (expected: a known field: apiVersion, kind, metadata, spec, status; did you"
                + " mean spec?)");
  }

  @Test
  void oneAnswerTellsEverythingAndNamesTheResource() {
    Map<String, Object> tree =
        peerAuthentication("Prod", "a", map("mtls", map("mode", "X"), "jwt", 1L));
    InvalidResourceException e =
        catchThrowableOfType(InvalidResourceException.class, () -> Kinds.parse(tree, "default"));
    assertThat(e.resource()).isEqualTo("PeerAuthentication/Prod/a");
    assertThat(e.problems())
        .extracting(Problem::path)
        .containsExactly("metadata.namespace", "spec.mtls.mode", "spec.jwt");
    assertThat(e).hasMessageStartingWith("PeerAuthentication/Prod/a: metadata.namespace: Prod");
  }

  @Test
  void problemsAndEntriesAreBounded() {
    Map<String, Object> spec = map();
    Map<String, Object> labels = map();
    for (int i = 0; i < 1000; i++) {
      spec.put("field" + i, i);
      labels.put("l" + i, "v");
    }
    assertThat(problems(peerAuthentication("default", "a", spec))).hasSize(50);
    Map<String, Object> tree = peerAuthentication("default", "a", STRICT);
    tree.put("metadata", map("name", "a", "labels", labels));
    assertThat(problems(tree))
        .containsExactly("metadata.labels: 1000 entries (expected: at most 256)");
  }

  @Test
  void kindsAreFoundByAnyOfTheirNames() {
    for (String word :
        List.of("PeerAuthentication", "peerauthentication", "PEERAUTHENTICATIONS", "pa")) {
      assertThat(Kinds.named(word)).isSameAs(PeerAuthentication.KIND);
    }
    assertThat(Kinds.named("svc")).isSameAs(ServiceSpec.KIND);
    assertThat(Kinds.named("httproutes")).isSameAs(HttpRoute.KIND);
    assertThat(Kinds.named("BTP")).isSameAs(BackendTrafficPolicy.KIND);
    assertThat(Kinds.named("msvc")).isSameAs(MeshService.KIND);
    assertThat(Kinds.named("Service2")).isNull();
  }
}

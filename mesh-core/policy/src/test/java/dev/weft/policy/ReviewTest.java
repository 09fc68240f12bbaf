package dev.weft.policy;

import static dev.weft.policy.Trial.resource;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is accepted but probably not meant, and the status of routes. */
class ReviewTest {
  private final List<Resource> all = new ArrayList<>();
  private final Set<String> registered = Set.of("default/orders v1", "default/shop ");

  private Surroundings surroundings() {
    return new Surroundings(
        all,
        (app, labels) ->
            registered.stream()
                .anyMatch(
                    one ->
                        one.startsWith(app + " ")
                            && (labels.isEmpty() || one.endsWith(" " + labels.get("version")))));
  }

  private Resource add(String yaml) {
    Resource resource = resource(yaml);
    all.add(resource);
    return resource;
  }

  private List<String> warnings(Resource resource) {
    return Kinds.warnings(resource, surroundings());
  }

  private Resource service(String name, String version, int... ports) {
    StringBuilder list = new StringBuilder();
    for (int port : ports) {
      list.append("{name: p").append(port).append(", port: ").append(port).append("}, ");
    }
    return add(
        "{apiVersion: v1, kind: Service, metadata: {name: %s}, spec: {selector: {app: orders,"
                .formatted(name)
            + " version: %s}, ports: [%s]}}".formatted(version, list));
  }

  private Resource route(String name, int created, String parents, String rules) {
    return add(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: %s, creationTimestamp: "2026-01-01T00:00:0%dZ"}
        spec:
          parentRefs: [%s]
          rules: %s
        """
            .formatted(name, created, parents, rules));
  }

  private static final String ORDERS = "{group: '', kind: Service, name: orders}";

  @Test
  void allIsThere() {
    Resource v1 = service("orders-v1", "v1", 80);
    Resource route =
        route("a", 0, ORDERS, "[{backendRefs: [{name: orders}, {name: orders-v1, port: 80}]}]");
    assertThat(warnings(v1)).isEmpty();
    assertThat(warnings(route)).isEmpty();
    assertThat(HttpRouteStatus.tree((HttpRoute) route.spec(), surroundings()).toString())
        .contains("controllerName=weft.dev/mesh")
        .contains("{type=Accepted, status=True, reason=Accepted,")
        .contains("{type=ResolvedRefs, status=True, reason=ResolvedRefs,");
  }

  @Test
  void backendsThatAreNotThere() {
    Resource v2 = service("orders-v2", "v2", 80, 8080);
    Resource route =
        route(
            "a",
            0,
            "{group: '', kind: Service, name: payments}, {group: '', kind: Service, name:"
                + " orders-v2, port: 81}",
            """
            [{backendRefs: [{name: orders-v2, port: 81}, {name: orders-v2}, {name: orders-v3,
             weight: 0}],
              filters: [{type: RequestMirror, requestMirror: {backendRef: {name: shadow}}}]}]
            """
                .replace("\n", " "));
    assertThat(warnings(v2))
        .containsExactly("has no instances (app default/orders with {version=v2})");
    List<String> unresolved =
        List.of(
            "rules[0].backendRefs[0]: Service default/orders-v2 has no port 81 (its ports: 80,"
                + " 8080); its share is answered with an error",
            "rules[0].backendRefs[1]: Service default/orders-v2 has no instances (app"
                + " default/orders with {version=v2}); its share is answered with an error",
            "rules[0].backendRefs[2]: Service default/orders-v3 does not exist (yet): nothing has"
                + " registered under this name, and no Service defines it",
            "rules[0]: RequestMirror to Service default/shadow does not exist (yet): nothing has"
                + " registered under this name, and no Service defines it");
    assertThat(warnings(route))
        .containsExactly(
            "parentRefs: Service default/payments does not exist (yet): nothing has registered"
                + " under this name, and no Service defines it",
            "parentRefs: Service default/orders-v2 has no port 81 (its ports: 80, 8080)",
            unresolved.get(0),
            unresolved.get(1),
            unresolved.get(2),
            unresolved.get(3));

    Map<String, Object> status = HttpRouteStatus.tree((HttpRoute) route.spec(), surroundings());
    assertThat((List<?>) status.get("parents")).hasSize(2);
    assertThat(status.toString())
        .contains("{type=Accepted, status=True")
        .contains("{type=ResolvedRefs, status=False, reason=BackendNotFound, message=rules[0]")
        .contains("port=81");
  }

  /** Of orders one instance with 8080 and 8081, the first of which is its own. */
  private Surroundings withPorts() {
    MemberIndex members = new MemberIndex();
    members.add(
        new ServiceName("default", "orders"), Map.of("version", "v1"), Set.of(8080, 8081), true);
    return new Surroundings(all, members);
  }

  @Test
  void portsThatNoInstanceHas() {
    Resource mistyped =
        add(
            "{apiVersion: v1, kind: Service, metadata: {name: orders-v1}, spec: {selector: {app:"
                + " orders, version: v1}, ports: [{port: 80, targetPort: 8088, name: a}, {port:"
                + " 81, targetPort: 8081, name: b}]}}");
    Resource route =
        route(
            "a",
            0,
            "{group: '', kind: Service, name: orders, port: 8082}",
            "[{backendRefs: [{name: orders, port: 8080}, {name: orders, port: 80}, {name: orders,"
                + " port: 8082}, {name: orders-v1, port: 80}, {name: orders-v1, port: 81}, {name:"
                + " orders}]}]");
    String they = " (they have 8080, 8081)";
    String own = "has no port 8082: no instance has it" + they;
    String targeted = "leads from port 80 to port 8088, which no instance has" + they;
    assertThat(Kinds.warnings(mistyped, withPorts())).containsExactly(targeted);
    assertThat(Kinds.warnings(route, withPorts()))
        .containsExactly(
            "parentRefs: Service default/orders " + own,
            "rules[0].backendRefs[2]: Service default/orders "
                + own
                + "; its share is answered with an error",
            "rules[0].backendRefs[3]: Service default/orders-v1 "
                + targeted
                + "; its share is answered with an error");
    assertThat(HttpRouteStatus.tree((HttpRoute) route.spec(), withPorts()).toString())
        .contains("{type=ResolvedRefs, status=False, reason=BackendNotFound, message=rules[0].b");
  }

  @Test
  void peerAuthenticationsOfNobody_andOfPortsThatNobodyHas() {
    String head = "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: ";
    Resource typo =
        add(head + "a}, spec: {selector: {matchLabels: {app: ordrs}}, mtls: {mode: STRICT}}}");
    Resource port =
        add(
            head
                + "b}, spec: {selector: {matchLabels: {app: orders}}, portLevelMtls: {8080: {mode:"
                + " STRICT}, 9090: {mode: DISABLE}}}}");
    Resource mesh = add(head + "c, namespace: istio-system}, spec: {mtls: {mode: STRICT}}}");
    Resource second = add(head + "d, namespace: weft-system}, spec: {mtls: {mode: STRICT}}}");
    assertThat(Kinds.warnings(typo, withPorts()))
        .containsExactly(
            "concerns nobody (yet): no instance of namespace default has registered with"
                + " {app=ordrs}; did you mean default/orders?");
    assertThat(Kinds.warnings(port, withPorts()))
        .containsExactly(
            "portLevelMtls[9090]: no instance that it concerns has port 9090 (they have 8080,"
                + " 8081)");
    assertThat(Kinds.warnings(mesh, withPorts())).isEmpty();
    assertThat(Kinds.warnings(second, withPorts()))
        .containsExactly(
            "has no effect beside the older PeerAuthentication istio-system/c, which also concerns"
                + " the whole of its mesh");
    assertThat(Kinds.warnings(typo, new Surroundings(all, null))).isEmpty();
  }

  @Test
  void withoutARegistryNothingIsSaidOfIt() {
    service("orders-v2", "v2", 80);
    Resource route =
        route("a", 0, ORDERS, "[{backendRefs: [{name: nobody}, {name: orders-v2, port: 81}]}]");
    assertThat(Kinds.warnings(route, new Surroundings(all, null)))
        .containsExactly(
            "rules[0].backendRefs[1]: Service default/orders-v2 has no port 81 (its ports: 80);"
                + " its share is answered with an error");
  }

  @Test
  void rulesThatNobodyAnswers() {
    Resource route =
        route(
            "a",
            0,
            ORDERS,
            "[{matches: [{path: {value: /a}}]}, {matches: [{path: {value: /b}}], backendRefs:"
                + " [{name: orders, weight: 0}]}, {matches: [{path: {value: /c}}], filters: [{type:"
                + " RequestRedirect, requestRedirect: {}}]}]");
    assertThat(warnings(route))
        .containsExactly(
            "rules[0]: no backendRefs, and no RequestRedirect: what it matches is answered with"
                + " 500",
            "rules[1]: every weight is 0, and no RequestRedirect: what it matches is answered with"
                + " 500");
  }

  @Test
  void matchesThatNothingReaches() {
    String backends = ", backendRefs: [{name: orders}]}";
    Resource old =
        route(
            "old",
            1,
            ORDERS,
            "[{matches: [{headers: [{name: B, value: x}, {name: A, value: y}]}]" + backends + "]");
    Resource young =
        route(
            "young",
            2,
            "{group: '', kind: Service, name: orders, port: 80}",
            "[{matches: [{headers: [{name: a, value: y}, {name: b, value: x}]}, {path: {value:"
                + " /n}}]"
                + backends
                + ", {matches: [{path: {value: /n}}]"
                + backends
                + "]");
    Resource ofAnother =
        route(
            "other",
            3,
            "{group: '', kind: Service, name: shop}",
            "[{matches: [{headers: [{name: a, value: y}, {name: b, value: x}]}]" + backends + "]");
    assertThat(warnings(old)).isEmpty();
    assertThat(warnings(ofAnother)).isEmpty();
    assertThat(warnings(young))
        .containsExactly(
            "rules[0].matches[0] has no effect beside the older HTTPRoute default/old, which"
                + " matches the same",
            "rules[1].matches[0] has no effect beside rules[0], which matches the same");
  }

  private Resource traffic(String name, int created, String targets) {
    return add(
        """
        apiVersion: gateway.envoyproxy.io/v1alpha1
        kind: BackendTrafficPolicy
        metadata: {name: %s, creationTimestamp: "2026-01-01T00:00:0%dZ"}
        spec:
          targetRefs: [%s]
        """
            .formatted(name, created, targets));
  }

  @Test
  void trafficPoliciesOfNothing_orOfTheSame() {
    service("orders-v1", "v1", 80);
    route("a", 0, ORDERS, "[{name: beta, backendRefs: [{name: orders}]}]");
    String route = "group: gateway.networking.k8s.io, kind: HTTPRoute, name: ";
    Resource good =
        traffic(
            "good",
            0,
            "{kind: Service, name: orders}, {kind: Service, name: orders-v1, sectionName: p80}, {"
                + route
                + "a, sectionName: beta}");
    Resource bad =
        traffic(
            "bad",
            1,
            "{kind: Service, name: orders}, {kind: Service, name: orders-v1, sectionName: p81},"
                + " {kind: Service, name: payments}, {"
                + route
                + "a, sectionName: alpha}, {"
                + route
                + "b}");
    assertThat(warnings(good)).isEmpty();
    assertThat(warnings(bad))
        .containsExactly(
            "targetRefs: the older BackendTrafficPolicy default/good is for Service default/orders"
                + " as well; what both set is as that one says",
            "targetRefs: Service default/orders-v1 has no port named p81",
            "targetRefs: Service default/payments does not exist (yet): nothing has registered"
                + " under this name, and no Service defines it",
            "targetRefs: HTTPRoute default/a has no rule named alpha",
            "targetRefs: HTTPRoute default/b does not exist");
  }

  @Test
  void namesThatTwoAdopt() {
    String mesh =
        """
        apiVersion: weft.dev/v1alpha1
        kind: MeshService
        metadata: {name: %s, creationTimestamp: "2026-01-01T00:00:0%dZ"}
        spec: {hosts: [%s]}
        """;
    Resource shop = add(mesh.formatted("shop", 1, "shop.internal, old.internal"));
    Resource payments = add(mesh.formatted("payments", 2, "payments.internal, old.internal"));
    assertThat(warnings(shop)).isEmpty();
    assertThat(warnings(payments))
        .containsExactly(
            "Service default/payments does not exist (yet): nothing has registered under this name,"
                + " and no Service defines it",
            "old.internal has no effect beside the older MeshService default/shop, which has it"
                + " too");
  }
}

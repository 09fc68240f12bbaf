package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.fuzz.Fuzz;
import dev.weft.fuzz.Trees;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Any tree is a resource, or is refused with the fields that are wrong: nothing else comes of it.
 */
@Tag("same-on-every-jdk")
class KindsFuzzTest {
  private static final String SEEDS =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: a, namespace: prod, labels: {a: b}, creationTimestamp: "2026-01-01T00:00:00Z"}
      spec:
        selector: {matchLabels: {app: orders, version: v1}}
        action: DENY
        rules:
        - from:
          - source: {principals: [weft.internal/ns/default/sa/shop], notNamespaces: [x], ipBlocks: [10.0.0.0/8]}
          to:
          - operation: {methods: [GET], paths: ["/a*", "*/b"], hosts: [a.b], ports: ["80"]}
          when:
          - {key: "request.headers[x-tenant]", values: [a], notValues: [b]}
      ---
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata: {name: a}
      spec: {selector: {matchLabels: {app: orders}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: PERMISSIVE}}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: orders}
      spec: {selector: {app: orders}, ports: [{name: http, port: 80, targetPort: 8080, appProtocol: http}]}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: canary}
      spec:
        parentRefs: [{group: "", kind: Service, name: orders, port: 80}]
        rules:
        - name: first
          matches:
          - path: {type: PathPrefix, value: /a}
            headers: [{type: RegularExpression, name: x, value: "a.*"}]
            queryParams: [{name: q, value: "1"}]
            method: GET
          filters:
          - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x, value: y}], remove: [z]}}
          - {type: URLRewrite, urlRewrite: {hostname: a.b, path: {type: ReplacePrefixMatch, replacePrefixMatch: /c}}}
          backendRefs: [{name: orders-v2, port: 80, weight: 10}, {name: orders, weight: 90}]
          timeouts: {request: 10s, backendRequest: 2s}
          retry: {codes: [503], attempts: 2, backoff: 100ms}
      ---
      apiVersion: gateway.envoyproxy.io/v1alpha1
      kind: BackendTrafficPolicy
      metadata: {name: a}
      spec:
        targetRefs: [{group: "", kind: Service, name: orders}]
        loadBalancer: {type: ConsistentHash, consistentHash: {type: Header, header: {name: x}}}
        healthCheck:
          passive: {consecutive5XxErrors: 5, interval: 10s, baseEjectionTime: 10s, maxEjectionPercent: 50}
          active: {type: HTTP, interval: 3s, timeout: 1s, http: {path: /healthz, expectedStatuses: [200]}}
          panicThreshold: 50
        circuitBreaker: {maxConnections: 10, maxParallelRequests: 5, maxPendingRequests: 5}
        retry: {numRetries: 2, retryOn: {httpStatusCodes: [503], triggers: [connect-failure]}}
        timeout: {http: {requestTimeout: 10s}}
        rateLimit: {type: Local, local: {rules: [{limit: {requests: 10, unit: Second}}]}}
        faultInjection: {delay: {fixedDelay: 1s, percentage: 10}, abort: {httpStatus: 503, percentage: 1}}
      ---
      apiVersion: weft.dev/v1alpha1
      kind: MeshService
      metadata: {name: bank}
      spec: {hosts: [bank.example.com, "*.bank.example.com"], ports: [{port: 443}], addresses: ["10.0.0.1:80"]}
      ---
      apiVersion: weft.dev/v1alpha1
      kind: MeshConfig
      metadata: {name: mesh}
      spec: {}
      """;

  @Test
  void aResource_orWhatIsWrongWithIt() {
    List<Map<String, Object>> seeds = Stream.of(SEEDS.split("---\n")).map(Trial::yaml).toList();
    Set<String> words = new TreeSet<>(Set.of("status", "matchExpressions", "allow", "rules[0]"));
    seeds.forEach(seed -> words(seed, words));
    Fuzz.run(
        "kinds",
        new Trees(Trial::yaml, words.toArray(new String[0])),
        seeds,
        KindsFuzzTest::attempt);
  }

  private static Object attempt(Map<String, Object> tree) {
    try {
      Resource resource = Kinds.parse(tree, "default");
      assertThat(resource.kind()).isNotNull();
      Kinds.warnings(resource, new Surroundings(List.of(resource), null));
      // What was accepted is kept in this form, and must be read again.
      Kinds.parse(again(resource), "default");
      return resource.kind().name();
    } catch (InvalidResourceException e) {
      assertThat(e.problems()).isNotEmpty();
      assertThat(e.problems()).allMatch(problem -> !problem.path().isEmpty());
      return e.problems().get(0).path().replaceAll("[0-9]+", "0");
    }
  }

  private static Map<String, Object> again(Resource resource) {
    return Trial.map(
        "apiVersion",
        resource.kind().apiVersions().get(0),
        "kind",
        resource.kind().name(),
        "metadata",
        Trial.map("name", resource.metadata().name(), "namespace", resource.metadata().namespace()),
        "spec",
        resource.tree());
  }

  private static void words(Object tree, Set<String> into) {
    if (tree instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            into.add((String) name);
            words(value, into);
          });
    } else if (tree instanceof Collection<?> list) {
      list.forEach(value -> words(value, into));
    } else if (tree instanceof String text) {
      into.add(text);
    }
  }
}

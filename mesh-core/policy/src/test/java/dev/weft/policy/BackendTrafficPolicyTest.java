package dev.weft.policy;

import static dev.weft.policy.Trial.problems;
import static dev.weft.policy.Trial.resource;
import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.BackendTrafficPolicy.Balancing;
import dev.weft.policy.BackendTrafficPolicy.Ejection;
import dev.weft.policy.BackendTrafficPolicy.FailureRate;
import dev.weft.policy.BackendTrafficPolicy.Fault;
import dev.weft.policy.BackendTrafficPolicy.Hash;
import dev.weft.policy.BackendTrafficPolicy.Limits;
import dev.weft.policy.BackendTrafficPolicy.LoadBalancer;
import dev.weft.policy.BackendTrafficPolicy.Retry;
import dev.weft.policy.BackendTrafficPolicy.RetryBudget;
import dev.weft.policy.BackendTrafficPolicy.Target;
import dev.weft.policy.BackendTrafficPolicy.Timeout;
import dev.weft.policy.BackendTrafficPolicy.Trigger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BackendTrafficPolicyTest {
  private static final String HEAD =
      """
      apiVersion: gateway.envoyproxy.io/v1alpha1
      kind: BackendTrafficPolicy
      metadata: {name: orders}
      spec:
        targetRefs: [{group: "", kind: Service, name: orders}]
      """;

  private static BackendTrafficPolicy read(String yaml) {
    return (BackendTrafficPolicy) resource(yaml).spec();
  }

  @Test
  void readsAll() {
    BackendTrafficPolicy policy =
        read(
            """
            apiVersion: gateway.envoyproxy.io/v1alpha1
            kind: BackendTrafficPolicy
            metadata: {name: orders}
            spec:
              targetRefs:
              - {kind: Service, name: orders, sectionName: http}
              - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: canary, sectionName: beta}
              loadBalancer:
                type: ConsistentHash
                consistentHash: {type: Cookie, cookie: {name: Session}, tableSize: 65537}
              healthCheck:
                panicThreshold: 0
                passive: {consecutive5XxErrors: 3, baseEjectionTime: 2.5s, maxEjectionPercent: 30}
                active:
                  type: HTTP
                  interval: 5s
                  timeout: 500ms
                  unhealthyThreshold: 2
                  healthyThreshold: 4
                  http: {path: /healthz?deep=1, expectedStatuses: [200, 204]}
              circuitBreaker:
                maxParallelRequests: 7
                maxPendingRequests: 4294967295
                failureRate: {threshold: 50, minimumRequests: 5, window: 1m, openDuration: 1s}
              retry:
                numRetries: 3
                retryOn:
                  triggers: [5xx, connect-failure, retriable-status-codes]
                  httpStatusCodes: [425]
                perRetry:
                  timeout: 250ms
                  backOff: {baseInterval: 10ms, maxInterval: 1s}
              retryConstraint:
                budget: {percent: 10, interval: 30s}
                minRetryRate: {count: 5, interval: 2s}
              timeout:
                tcp: {connectTimeout: 1s}
                http: {requestTimeout: 1m}
              faultInjection:
                delay: {fixedDelay: 100ms, percentage: 0.5}
                abort: {httpStatus: 503}
            """);
    assertThat(policy.targets())
        .containsExactly(new Target(false, "orders", "http"), new Target(true, "canary", "beta"));
    assertThat(policy.loadBalancer())
        .isEqualTo(new LoadBalancer(Balancing.CONSISTENT_HASH, new Hash(true, "Session"), null));
    assertThat(policy.ejection()).isEqualTo(new Ejection(3, Duration.ofMillis(2500), 30));
    assertThat(policy.activeCheck())
        .isEqualTo(
            new ActiveCheck(
                "/healthz?deep=1",
                Set.of(200, 204),
                Duration.ofSeconds(5),
                Duration.ofMillis(500),
                2,
                4));
    assertThat(policy.panicThreshold()).isZero();
    assertThat(policy.limits()).isEqualTo(new Limits(7, Integer.MAX_VALUE, null, null));
    assertThat(policy.failureRate())
        .isEqualTo(new FailureRate(50, 5, Duration.ofMinutes(1), Duration.ofSeconds(1)));
    assertThat(policy.retry())
        .isEqualTo(
            new Retry(
                3,
                Set.of(425),
                Set.of(
                    Trigger.SERVER_ERROR, Trigger.CONNECT_FAILURE, Trigger.RETRIABLE_STATUS_CODES),
                Duration.ofMillis(250),
                Duration.ofMillis(10),
                Duration.ofSeconds(1)));
    assertThat(policy.retryBudget()).isEqualTo(new RetryBudget(10, Duration.ofSeconds(30), 2.5));
    assertThat(policy.timeout())
        .isEqualTo(new Timeout(Duration.ofSeconds(1), Duration.ofMinutes(1)));
    assertThat(policy.fault()).isEqualTo(new Fault(Duration.ofMillis(100), 0.5, 503, 100));
    assertThat(policy.rule()).isEqualTo("BackendTrafficPolicy default/orders");
  }

  @Test
  void whatIsNotGivenIsLeftToTheNextWiderPolicy() {
    BackendTrafficPolicy policy = read(HEAD);
    assertThat(policy)
        .isEqualTo(
            new BackendTrafficPolicy(
                policy.metadata(),
                List.of(new Target(false, "orders", null)),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
  }

  @Test
  void defaultsOfWhatIsGivenInPart() {
    BackendTrafficPolicy policy =
        read(
            HEAD
                + """
                  circuitBreaker: {failureRate: {threshold: 50}}
                  retryConstraint: {}
                  healthCheck: {active: {type: HTTP, http: {path: /}}}
                """);
    assertThat(policy.limits()).isNull();
    assertThat(policy.failureRate())
        .isEqualTo(new FailureRate(50, 20, Duration.ofSeconds(10), Duration.ofSeconds(10)));
    assertThat(policy.retryBudget()).isEqualTo(new RetryBudget(20, Duration.ofSeconds(10), 10));
    assertThat(policy.activeCheck())
        .isEqualTo(
            new ActiveCheck("/", Set.of(200), Duration.ofSeconds(3), Duration.ofSeconds(1), 3, 1));
  }

  @Test
  void whatEnvoyGatewayFillsInIsAccepted() {
    BackendTrafficPolicy policy =
        read(
            """
            apiVersion: gateway.envoyproxy.io/v1alpha1
            kind: BackendTrafficPolicy
            metadata: {name: passive}
            spec:
              targetRef: {group: gateway.networking.k8s.io, kind: HTTPRoute, name: backend}
              loadBalancer: {type: LeastRequest, slowStart: {window: 60s}}
              circuitBreaker:
                maxConnections: 1024
                maxParallelRequests: 1024
                maxParallelRetries: 1024
                maxPendingRequests: 1024
              healthCheck:
                passive:
                  alwaysEjectOneEndpoint: false
                  baseEjectionTime: 30s
                  consecutive5XxErrors: 5
                  consecutiveLocalOriginFailures: 5
                  interval: 3s
                  maxEjectionPercent: 10
                  splitExternalLocalOriginErrors: false
            """);
    assertThat(policy.targets()).containsExactly(new Target(true, "backend", null));
    assertThat(policy.loadBalancer())
        .isEqualTo(new LoadBalancer(Balancing.LEAST_REQUEST, null, Duration.ofMinutes(1)));
    assertThat(policy.limits()).isEqualTo(new Limits(1024, 1024, 1024, 1024));
    assertThat(policy.ejection()).isEqualTo(new Ejection(5, Duration.ofSeconds(30), 10));
  }

  private static Arguments spec(String spec, String... expected) {
    return Arguments.of(HEAD + "  " + spec + "\n", List.of(expected));
  }

  private static Arguments targets(String targets, String... expected) {
    return Arguments.of(HEAD.replaceAll("targetRefs: .*", targets), List.of(expected));
  }

  static Stream<Arguments> wrong() {
    String own = "connections are the library's own";
    return Stream.of(
        targets(
            "targetRefs: []",
            "spec.targetRefs: missing (expected: at least one Service, such as {group: \"\", kind:"
                + " Service, name: orders}, or HTTPRoute)"),
        targets(
            "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: a}]",
            "spec.targetRefs[0].kind: Gateway (expected: Service or HTTPRoute: the mesh has no"
                + " others)"),
        targets(
            "targetRefs: [{kind: HTTPRoute, name: a}]",
            "spec.targetRefs[0].group: missing (expected: gateway.networking.k8s.io for an HTTPRoute)"),
        targets(
            "targetSelectors: [{kind: HTTPRoute}]",
            "spec.targetSelectors: a list of 1 (expected: absent: name the targets in targetRefs)",
            "spec.targetRefs: missing (expected: at least one Service, such as {group: \"\", kind:"
                + " Service, name: orders}, or HTTPRoute)"),
        spec(
            "loadBalancer: {type: Maglev}",
            "spec.loadBalancer.type: Maglev (expected: one of PeakEwma, LeastRequest, RoundRobin,"
                + " Random, ConsistentHash)"),
        spec(
            "loadBalancer: {type: ConsistentHash}",
            "spec.loadBalancer.consistentHash: missing (expected: what is hashed, for type"
                + " ConsistentHash)"),
        spec(
            "loadBalancer: {type: ConsistentHash, consistentHash: {type: SourceIP}}",
            "spec.loadBalancer.consistentHash.type: SourceIP (expected: one of Header, Headers,"
                + " Cookie)"),
        spec(
            "loadBalancer: {type: ConsistentHash, consistentHash: {type: Cookie, cookie: {name: a,"
                + " ttl: 60s}}}",
            "spec.loadBalancer.consistentHash.cookie.ttl: 60s (expected: absent: the mesh sets no"
                + " cookies: requests without this one go anywhere)"),
        spec(
            "loadBalancer: {type: Random, slowStart: {window: 1s}}",
            "spec.loadBalancer.slowStart: an object with [window] (expected: absent beside type"
                + " Random)"),
        spec(
            "healthCheck: {passive: {interval: 1s, consecutiveGatewayErrors: 1}}",
            "spec.healthCheck.passive.interval: 1s (expected: 3s or absent: an endpoint is ejected"
                + " as soon as it is due)",
            "spec.healthCheck.passive.consecutiveGatewayErrors: 1 (expected: absent:"
                + " consecutive5XxErrors counts them too)"),
        spec(
            "healthCheck: {active: {type: TCP, tcp: {}}}",
            "spec.healthCheck.active.type: TCP (expected: HTTP or absent: endpoints are checked by"
                + " HTTP)",
            "spec.healthCheck.active.tcp: {} (expected: absent: endpoints are checked by HTTP)",
            "spec.healthCheck.active.http: missing (expected: an object with path)"),
        spec(
            "circuitBreaker: {maxParallelRequests: -1, perEndpoint: {maxConnections: 1}}",
            "spec.circuitBreaker.perEndpoint: an object with [maxConnections] (expected: absent:"
                + " limits are of a Service)",
            "spec.circuitBreaker.maxParallelRequests: -1 (expected: a whole number from 0 to"
                + " 4294967295)"),
        spec(
            "circuitBreaker: {failureRate: {threshold: 0, window: 10m}}",
            "spec.circuitBreaker.failureRate.threshold: 0 (expected: a whole number from 1 to 100)",
            "spec.circuitBreaker.failureRate.window: 10m (expected: from 1s to 5m)"),
        spec(
            "retry: {retryOn: {triggers: [unavailable], httpStatusCodes: [500]}}",
            "spec.retry.retryOn.triggers[0]: unavailable (expected: one of 5xx, gateway-error,"
                + " reset, connect-failure, retriable-4xx, refused-stream,"
                + " retriable-status-codes)",
            "spec.retry.retryOn.httpStatusCodes: a list of 1 (expected: beside"
                + " retriable-status-codes in triggers, as in Envoy Gateway)"),
        spec(
            "retry: {perRetry: {backOff: {baseInterval: 1s, maxInterval: 10ms}}}",
            "spec.retry.perRetry.backOff.maxInterval: 10ms (expected: at least the baseInterval)"),
        spec(
            "timeout: {http: {connectionIdleTimeout: 1s}}",
            "spec.timeout.http.connectionIdleTimeout: 1s (expected: absent: " + own + ")"),
        spec(
            "faultInjection: {delay: {percentage: 101}}",
            "spec.faultInjection.delay.fixedDelay: missing (expected: "
                + Durations.GO.expected()
                + ")",
            "spec.faultInjection.delay.percentage: 101 (expected: a number from 0 to 100)"),
        spec(
            "faultInjection: {}",
            "spec.faultInjection: {} (expected: at least one of delay or abort)"),
        spec(
            "faultInjection: {abort: {grpcStatus: 14}}",
            "spec.faultInjection.abort.grpcStatus: 14 (expected: absent: give httpStatus)",
            "spec.faultInjection.abort.httpStatus: missing (expected: a status from 200 to 599)"),
        spec("tcpKeepalive: {}", "spec.tcpKeepalive: {} (expected: absent: " + own + ")"));
  }

  @ParameterizedTest
  @MethodSource
  void wrong(String yaml, List<String> expected) {
    assertThat(problems(yaml(yaml))).containsExactlyElementsOf(expected);
  }
}

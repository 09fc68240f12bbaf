package dev.weft.policy;

import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.RateLimit.Client;
import dev.weft.policy.RateLimit.Header;
import dev.weft.policy.RateLimit.Identity;
import dev.weft.policy.RateLimit.Method;
import dev.weft.policy.RateLimit.Path;
import dev.weft.policy.RateLimit.Rule;
import dev.weft.policy.RateLimit.Source;
import dev.weft.policy.RateLimit.Unit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RateLimitTest {
  @Test
  void everythingThatIsHonoured() {
    RateLimit limit =
        read(
            """
            type: Local
            local:
              rules:
              - clientSelectors:
                - headers:
                  - {name: X-User, type: Distinct}
                  - {name: x-plan, value: free}
                  - {name: x-a, type: RegularExpression, value: "a+", invert: true}
                  methods: [{value: GET}, {value: POST, invert: true}]
                  path: {value: /search}
                  sourceCIDR: {value: 10.0.0.0/8, type: Distinct}
                - identity: {type: Distinct}
                - identity: {value: weft.internal/ns/default/sa/shop, invert: true}
                limit: {requests: 10, unit: Minute}
                shared: false
              - limit: {requests: 0, unit: Year}
            """);
    assertThat(limit.rules())
        .containsExactly(
            new Rule(
                List.of(
                    new Client(
                        List.of(
                            new Header(Header.Type.DISTINCT, "x-user", "", false),
                            new Header(Header.Type.EXACT, "x-plan", "free", false),
                            new Header(Header.Type.REGEX, "x-a", "a+", true)),
                        List.of(new Method("GET", false), new Method("POST", true)),
                        new Path(
                            new HttpRoute.PathMatch(HttpRoute.PathMatch.Type.PREFIX, "/search"),
                            false),
                        new Source(Cidr.parse("10.0.0.0/8"), true),
                        null),
                    new Client(List.of(), List.of(), null, null, new Identity(null, false)),
                    new Client(
                        List.of(),
                        List.of(),
                        null,
                        null,
                        new Identity("weft.internal/ns/default/sa/shop", true))),
                10,
                Unit.MINUTE),
            new Rule(List.of(), 0, Unit.YEAR));
  }

  static Stream<Arguments> refused() {
    String some = "limit: {requests: 1, unit: Second}";
    return Stream.of(
        Arguments.of("{type: Local}", "rateLimit.local.rules", "at least one"),
        Arguments.of("{type: Global, local: {rules: [{" + some + "}]}}", "type", "Local or absent"),
        Arguments.of("{global: {}, local: {rules: [{" + some + "}]}}", "global", "not honoured"),
        Arguments.of("{local: {rules: [{" + some + "}, {" + some + "}]}}", "local", "at most one"),
        Arguments.of(rule("{}"), "limit", "requests: 10"),
        Arguments.of(rule("{limit: {requests: -1, unit: Second}}"), "requests", "from 0 to"),
        Arguments.of(rule("{limit: {requests: 1, unit: second}}"), "unit", "Second, Minute, Hour"),
        Arguments.of(rule("{" + some + ", cost: {}}"), "cost", "counts once"),
        Arguments.of(rule("{" + some + ", shared: true}"), "shared", "false or absent"),
        Arguments.of(client("{}"), "clientSelectors[0]", "at least one of headers"),
        Arguments.of(
            client("{path: {}, header: []}"), "clientSelectors[0].header", "did you mean headers?"),
        Arguments.of(client("{headers: [{name: a}]}"), "headers[0].value", "missing"),
        Arguments.of(client("{headers: [{name: a, type: Distinct, value: b}]}"), "value", "absent"),
        Arguments.of(
            client("{headers: [{name: a, type: RegularExpression, value: '('}]}"), "value", "RE2"),
        Arguments.of(client("{path: {value: /a//b}}"), "path.value", "without //"),
        Arguments.of(client("{sourceCIDR: {value: a}}"), "sourceCIDR.value", "IP address"),
        Arguments.of(client("{methods: [{value: get}]}"), "methods[0].value", "capitals"),
        Arguments.of(client("{identity: {value: shop}}"), "identity.value", "such as"));
  }

  @ParameterizedTest
  @MethodSource
  void refused(String rateLimit, String path, String expected) {
    List<String> problems = Trial.problems(yaml(document(rateLimit)));
    assertThat(problems).isNotEmpty();
    assertThat(problems.get(0)).contains(path).contains(expected);
  }

  private static String rule(String rule) {
    return "{local: {rules: [" + rule + "]}}";
  }

  private static String client(String client) {
    return rule("{limit: {requests: 1, unit: Second}, clientSelectors: [" + client + "]}");
  }

  private static RateLimit read(String rateLimit) {
    return ((BackendTrafficPolicy) Trial.resource(document(rateLimit)).spec()).rateLimit();
  }

  private static String document(String rateLimit) {
    return """
        apiVersion: gateway.envoyproxy.io/v1alpha1
        kind: BackendTrafficPolicy
        metadata: {name: p}
        spec:
          targetRefs: [{group: "", kind: Service, name: orders}]
          rateLimit:
        """
        + rateLimit.stripTrailing().indent(4);
  }
}

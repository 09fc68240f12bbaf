package dev.weft.policy;

import static dev.weft.policy.Trial.problems;
import static dev.weft.policy.Trial.resource;
import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.HttpRoute.Backend;
import dev.weft.policy.HttpRoute.Field;
import dev.weft.policy.HttpRoute.HeaderChange;
import dev.weft.policy.HttpRoute.Match;
import dev.weft.policy.HttpRoute.Mirror;
import dev.weft.policy.HttpRoute.Parent;
import dev.weft.policy.HttpRoute.PathChange;
import dev.weft.policy.HttpRoute.PathMatch;
import dev.weft.policy.HttpRoute.Redirect;
import dev.weft.policy.HttpRoute.RequestHeaders;
import dev.weft.policy.HttpRoute.ResponseHeaders;
import dev.weft.policy.HttpRoute.Retry;
import dev.weft.policy.HttpRoute.Rewrite;
import dev.weft.policy.HttpRoute.Rule;
import dev.weft.policy.HttpRoute.Timeouts;
import dev.weft.policy.HttpRoute.ValueMatch;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HttpRouteTest {
  private static final String HEAD =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: canary, namespace: prod}
      spec:
        parentRefs: [{group: "", kind: Service, name: orders}]
      """;

  private static HttpRoute route(String yaml) {
    return (HttpRoute) resource(yaml).spec();
  }

  @Test
  void readsAll() {
    HttpRoute route =
        route(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: canary, namespace: prod}
            spec:
              parentRefs:
              - {group: "", kind: Service, name: orders, port: 80}
              - {group: "", kind: Service, name: orders, namespace: other}
              rules:
              - name: beta
                matches:
                - path: {type: Exact, value: /orders}
                  method: POST
                  headers:
                  - {name: X-User, value: ada}
                  - {name: user-agent, type: RegularExpression, value: "(?i)beta.*"}
                  queryParams:
                  - {name: Version, value: "2"}
                - path: {type: RegularExpression, value: "/orders/[0-9]+"}
                filters:
                - type: RequestHeaderModifier
                  requestHeaderModifier:
                    set: [{name: X-Canary, value: "yes"}]
                    add: [{name: Via, value: "1.1 weft"}]
                    remove: [X-Debug]
                - type: ResponseHeaderModifier
                  responseHeaderModifier:
                    set: [{name: X-Served-By, value: orders v2}]
                - type: RequestMirror
                  requestMirror:
                    backendRef: {name: shadow, port: 80}
                    fraction: {numerator: 1, denominator: 1000}
                - type: RequestMirror
                  requestMirror:
                    backendRef: {name: shadow2}
                    percent: 7
                - type: RequestMirror
                  requestMirror:
                    backendRef: {name: shadow3}
                - type: URLRewrite
                  urlRewrite:
                    hostname: orders.internal
                    path: {type: ReplaceFullPath, replaceFullPath: /v2}
                backendRefs:
                - {name: orders-v1, port: 80, weight: 90}
                - name: orders-v2
                  namespace: other
                  weight: 10
                  filters:
                  - type: RequestHeaderModifier
                    requestHeaderModifier: {remove: [X-Old]}
                timeouts: {request: 10s, backendRequest: 500ms}
                retry: {codes: [500, 503], attempts: 3, backoff: 100ms}
              - matches:
                - path: {value: /old}
                filters:
                - type: RequestRedirect
                  requestRedirect:
                    scheme: https
                    hostname: new.example.com
                    port: 8443
                    statusCode: 301
                    path: {type: ReplacePrefixMatch, replacePrefixMatch: ""}
              - backendRefs: [{name: orders}]
            """);

    assertThat(route.parents())
        .containsExactly(
            new Parent(new ServiceName("prod", "orders"), 80),
            new Parent(new ServiceName("other", "orders"), null));
    assertThat(route.rules().get(0))
        .isEqualTo(
            new Rule(
                "beta",
                List.of(
                    new Match(
                        new PathMatch(PathMatch.Type.EXACT, "/orders"),
                        List.of(
                            new ValueMatch("x-user", false, "ada"),
                            new ValueMatch("user-agent", true, "(?i)beta.*")),
                        List.of(new ValueMatch("Version", false, "2")),
                        "POST"),
                    new Match(
                        new PathMatch(PathMatch.Type.REGEX, "/orders/[0-9]+"),
                        List.of(),
                        List.of(),
                        null)),
                List.of(
                    new RequestHeaders(
                        new HeaderChange(
                            List.of(new Field("X-Canary", "yes")),
                            List.of(new Field("Via", "1.1 weft")),
                            List.of("X-Debug"))),
                    new ResponseHeaders(
                        new HeaderChange(
                            List.of(new Field("X-Served-By", "orders v2")), List.of(), List.of())),
                    new Mirror(new ServiceName("prod", "shadow"), 80, 1, 1000),
                    new Mirror(new ServiceName("prod", "shadow2"), -1, 7, 100),
                    new Mirror(new ServiceName("prod", "shadow3"), -1, 100, 100),
                    new Rewrite("orders.internal", new PathChange(false, "/v2"))),
                List.of(
                    new Backend(new ServiceName("prod", "orders-v1"), 80, 90, List.of()),
                    new Backend(
                        new ServiceName("other", "orders-v2"),
                        -1,
                        10,
                        List.of(
                            new RequestHeaders(
                                new HeaderChange(List.of(), List.of(), List.of("X-Old")))))),
                new Timeouts(Duration.ofSeconds(10), Duration.ofMillis(500)),
                new Retry(Set.of(500, 503), 3, Duration.ofMillis(100))));
    assertThat(route.rules().get(1).filters())
        .containsExactly(
            new Redirect("https", "new.example.com", 8443, new PathChange(true, ""), 301));
    assertThat(route.rules().get(2))
        .isEqualTo(
            new Rule(
                null,
                List.of(Match.ANY),
                List.of(),
                List.of(new Backend(new ServiceName("prod", "orders"), -1, 1, List.of())),
                null,
                null));
    assertThat(route.rule(0)).isEqualTo("prod/canary/beta");
    assertThat(route.rule(1)).isEqualTo("prod/canary[1]");
  }

  @Test
  void whatIsWrongIsShown_aForgottenGroup_andQuotesToo() {
    String route =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: a}
        spec:
          parentRefs: [{%s}]
          rules: [{backendRefs: [{name: orders, weight: %s}]}]
        """;
    assertThat(problems(yaml(route.formatted("kind: Service, name: orders", "1"))))
        .containsExactly(
            "spec.parentRefs[0].group: missing (expected: \"\", the group of Services; left out it"
                + " means gateway.networking.k8s.io)");
    assertThat(problems(yaml(route.formatted("group: v1, kind: Service, name: orders", "1"))))
        .containsExactly("spec.parentRefs[0].group: v1 (expected: \"\", the group of Services)");
    assertThat(problems(yaml(route.formatted("name: orders", "1"))).get(0))
        .startsWith("spec.parentRefs[0].kind: Gateway (the default) (expected: Service, beside");
    String parent = "group: '', kind: Service, name: orders";
    assertThat(problems(yaml(route.formatted(parent, "1}, {group: v1, kind: Service, name: b"))))
        .containsExactly(
            "spec.rules[0].backendRefs[1].group: v1 (expected: \"\" or absent, for a Service)");
    assertThat(problems(yaml(route.formatted(parent, "\"90\""))))
        .containsExactly(
            "spec.rules[0].backendRefs[0].weight: \"90\" (in quotes) (expected: a whole number"
                + " from 0 to 1000000)");
    assertThat(problems(yaml(route.formatted(parent, "many"))))
        .containsExactly(
            "spec.rules[0].backendRefs[0].weight: many (expected: a whole number from 0 to"
                + " 1000000)");
  }

  @Test
  void withoutRules_theGatewayApisDefaultRule() {
    assertThat(route(HEAD).rules())
        .containsExactly(new Rule(null, List.of(Match.ANY), List.of(), List.of(), null, null));
  }

  @Test
  void whatKubectlPrints_andOlderVersions() {
    HttpRoute route =
        route(
            """
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: HTTPRoute
            metadata:
              name: smiley-split
              creationTimestamp: "2026-01-01T00:00:00Z"
              generation: 1
              uid: 0b1
            spec:
              hostnames: []
              parentRefs:
              - group: core
                kind: Service
                name: smiley
              rules:
              - backendRefs:
                - {group: "", kind: Service, name: smiley, port: 80, weight: 50}
                - {group: "", kind: Service, name: smiley2, port: 80, weight: 50}
                matches:
                - path: {type: PathPrefix, value: /}
            status: {parents: []}
            """);
    assertThat(route.parents().get(0).service()).isEqualTo(new ServiceName("default", "smiley"));
    assertThat(route.rules().get(0).matches()).containsExactly(Match.ANY);
  }

  private static Arguments rule(String rule, String... expected) {
    return Arguments.of(
        HEAD + "  rules:\n  - " + rule.strip().replace("\n", "\n    ") + "\n", List.of(expected));
  }

  private static Arguments match(String match, String... expected) {
    return rule("matches: [" + match + "]", expected);
  }

  private static Arguments filter(String filter, String... expected) {
    return rule("filters: [" + filter + "]", expected);
  }

  static Stream<Arguments> wrong() {
    String filters =
        "one of RequestHeaderModifier, ResponseHeaderModifier, RequestMirror, RequestRedirect,"
            + " URLRewrite";
    return Stream.of(
        Arguments.of(
            HEAD + "  hostnames: [orders.example.com]\n",
            List.of(
                "spec.hostnames: a list of 1 (expected: absent: a route of a Service is for every"
                    + " name of the Service; match the header Host in rules[].matches[].headers"
                    + " instead)")),
        Arguments.of(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: a}
            """,
            List.of(
                "spec.parentRefs: missing (expected: at least one Service, such as {group: \"\","
                    + " kind: Service, name: orders})")),
        Arguments.of(
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: a}
            spec:
              parentRefs: [{name: gateway, sectionName: https}]
            """,
            List.of(
                "spec.parentRefs[0].kind: Gateway (the default) (expected: Service, beside group"
                    + " \"\": the mesh has no gateways)",
                "spec.parentRefs[0].sectionName: https (expected: absent: give the port of the"
                    + " Service by its number, in port)")),
        Arguments.of(
            HEAD + "  rules: []\n", List.of("spec.rules: [] (expected: at least one rule)")),
        Arguments.of(HEAD + "  rules: {}\n", List.of("spec.rules: {} (expected: a list)")),
        Arguments.of(HEAD + "  rules: [7]\n", List.of("spec.rules[0]: 7 (expected: an object)")),
        Arguments.of(
            HEAD + "  rules: [" + "{}, ".repeat(16) + "{}]\n",
            List.of("spec.rules: 17 entries (expected: at most 16)")),
        Arguments.of(
            HEAD + "  rules:\n" + ("  - matches: [" + "{}, ".repeat(42) + "{}]\n").repeat(3),
            List.of("spec.rules: 129 matches (expected: at most 128 in all rules together)")),
        Arguments.of(
            HEAD + "  rules: [{name: a}, {name: a}]\n",
            List.of(
                "spec.rules[1].name: a (expected: a name that no other rule of this route has)")),
        rule(
            "matchs: []",
            "spec.rules[0].matchs: [] (expected: a known field: backendRefs, filters, matches,"
                + " name, retry, timeouts; did you mean matches?)"),
        match(
            "{path: {type: Prefix, value: /}}",
            "spec.rules[0].matches[0].path.type: Prefix (expected: one of Exact, PathPrefix,"
                + " RegularExpression)"),
        match(
            "{path: {value: orders}}",
            "spec.rules[0].matches[0].path.value: orders (expected: a path that begins with /)"),
        match(
            "{path: {value: /a//b}}",
            "spec.rules[0].matches[0].path.value: /a//b (expected: a path without //)"),
        match(
            "{path: {value: /a/..}}",
            "spec.rules[0].matches[0].path.value: /a/.. (expected: a path that does not end with"
                + " /. or /..)"),
        match(
            "{path: {value: /a%2fb}}",
            "spec.rules[0].matches[0].path.value: /a%2fb (expected: a path without %2f)"),
        match(
            "{path: {value: '/a?b=c'}}",
            "spec.rules[0].matches[0].path.value: /a?b=c (expected: a path of A-Z, a-z, 0-9 and any"
                + " of /-._~!$&'()*+,;=:@; others as % and two digits)"),
        match(
            "{path: {type: RegularExpression, value: '/(a'}}",
            "spec.rules[0].matches[0].path.value: /(a (expected: a regular expression in the syntax"
                + " of RE2 (missing closing )))"),
        match(
            "{method: get}",
            "spec.rules[0].matches[0].method: get (expected: one of GET, HEAD, POST, PUT, DELETE,"
                + " CONNECT, OPTIONS, TRACE, PATCH)"),
        match(
            "{headers: [{name: 'x y', value: a}]}",
            "spec.rules[0].matches[0].headers[0].name: x y (expected: " + Headers.NAME + ")"),
        match(
            "{headers: [{name: x}]}",
            "spec.rules[0].matches[0].headers[0].value: missing (expected: what the value has to"
                + " be)"),
        match(
            "{headers: [{name: x, value: 1}]}",
            "spec.rules[0].matches[0].headers[0].value: 1 (expected: what the value has to be, as"
                + " text (in quotes))"),
        match(
            "{headers: [{name: x, value: a}, {name: X, value: b}]}",
            "spec.rules[0].matches[0].headers[1].name: x (expected: a name once: of two matches for"
                + " one name only one could hold)"),
        filter(
            "{type: CORS, cors: {}}",
            "spec.rules[0].filters[0].type: CORS (expected: "
                + filters
                + ": CORS is between a"
                + " browser and the service that it talks to, not of a mesh)"),
        filter(
            "{type: ExtensionRef, extensionRef: {group: a, kind: b, name: c}}",
            "spec.rules[0].filters[0].type: ExtensionRef (expected: "
                + filters
                + ": there are no extensions of filters)"),
        filter(
            "{type: Rewrite}",
            "spec.rules[0].filters[0].type: Rewrite (expected: " + filters + ")"),
        filter(
            "{type: URLRewrite}",
            "spec.rules[0].filters[0].urlRewrite: missing (expected: an object, for type"
                + " URLRewrite)"),
        filter(
            "{type: URLRewrite, urlRewrite: {}, requestMirror: {}}",
            "spec.rules[0].filters[0].requestMirror: {} (expected: absent beside type"
                + " URLRewrite)"),
        filter(
            "{type: URLRewrite, urlRewrite: {}}, {type: URLRewrite, urlRewrite: {}}",
            "spec.rules[0].filters[1].type: URLRewrite (expected: each filter once; only"
                + " RequestMirror may be repeated)"),
        filter(
            "{type: URLRewrite, urlRewrite: {}}, {type: RequestRedirect, requestRedirect: {}}",
            "spec.rules[0].filters: a list of 2 (expected: RequestRedirect or URLRewrite, not both:"
                + " what is redirected is not sent)"),
        filter(
            "{type: RequestRedirect, requestRedirect: {statusCode: 300, scheme: ftp, port: 0}}",
            "spec.rules[0].filters[0].requestRedirect.scheme: ftp (expected: one of http, https)",
            "spec.rules[0].filters[0].requestRedirect.statusCode: 300 (expected: one of 301, 302,"
                + " 303, 307, 308)",
            "spec.rules[0].filters[0].requestRedirect.port: 0 (expected: a whole number from 1 to"
                + " 65535)"),
        filter(
            "{type: URLRewrite, urlRewrite: {hostname: '*.a', path: {type: ReplaceFullPath,"
                + " replacePrefixMatch: /b}}}",
            "spec.rules[0].filters[0].urlRewrite.hostname: *.a (expected: a host name in lower case"
                + " without wildcard and port)",
            "spec.rules[0].filters[0].urlRewrite.path.replacePrefixMatch: /b (expected: absent"
                + " beside type ReplaceFullPath)",
            "spec.rules[0].filters[0].urlRewrite.path.replaceFullPath: missing (expected: a"
                + " path)"),
        filter(
            "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value: a},"
                + " {name: Content-Length, value: '1'}], remove: [weft-hops]}}",
            "spec.rules[0].filters[0].requestHeaderModifier.set[0].name: Host (expected: another"
                + " header: a URLRewrite with hostname changes this one)",
            "spec.rules[0].filters[0].requestHeaderModifier.set[1].name: Content-Length (expected:"
                + " another header: this one says how the message is framed)",
            "spec.rules[0].filters[0].requestHeaderModifier.remove[0]: weft-hops (expected: another"
                + " header: this one is the mesh's own)"),
        filter(
            "{type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: a, value: \"b\\r\\n"
                + "c: d\"}, {name: A, value: b}]}}",
            "spec.rules[0].filters[0].responseHeaderModifier.add[0].value: b\r\nc: d (expected: "
                + Headers.value()
                + ")",
            "spec.rules[0].filters[0].responseHeaderModifier.add[1].name: A (expected: each name"
                + " once; several values go into one, with commas)"),
        filter(
            "{type: RequestMirror, requestMirror: {percent: 101, fraction: {numerator: 2,"
                + " denominator: 1}}}",
            "spec.rules[0].filters[0].requestMirror.backendRef: missing (expected: the Service that"
                + " gets the copies)",
            "spec.rules[0].filters[0].requestMirror.percent: 101 (expected: a whole number from 0"
                + " to 100)",
            "spec.rules[0].filters[0].requestMirror.percent: 101 (expected: percent or fraction,"
                + " not both)",
            "spec.rules[0].filters[0].requestMirror.fraction.numerator: 2 (expected: at most the"
                + " denominator, 1)"),
        rule(
            """
            matches: [{path: {value: /a}}, {path: {value: /b}}]
            filters:
            - type: URLRewrite
              urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /c}}
            """,
            "spec.rules[0].filters[0].urlRewrite.path.type: ReplacePrefixMatch (expected: in a rule"
                + " with exactly one match, whose path is a PathPrefix: else what is replaced?)"),
        rule(
            """
            filters: [{type: RequestRedirect, requestRedirect: {}}]
            backendRefs: [{name: orders}]
            """,
            "spec.rules[0].backendRefs: a list of 1 (expected: none beside a RequestRedirect, which"
                + " answers)"),
        rule(
            """
            backendRefs:
            - name: Orders
              kind: ServiceImport
              group: multicluster.x-k8s.io
              weight: 1000001
              filters: [{type: RequestRedirect, requestRedirect: {}}]
            """,
            "spec.rules[0].backendRefs[0].kind: ServiceImport (expected: Service, or absent, as"
                + " group: others have no endpoints here)",
            "spec.rules[0].backendRefs[0].weight: 1000001 (expected: a whole number from 0 to"
                + " 1000000)",
            "spec.rules[0].backendRefs[0].name: Orders (expected: " + Dns1123.LABEL + ")",
            "spec.rules[0].backendRefs[0].filters[0].type: RequestRedirect (expected: one of"
                + " RequestHeaderModifier, ResponseHeaderModifier, URLRewrite; this one stands"
                + " beside the rule only)"),
        rule(
            "timeouts: {request: 1s, backendRequest: 2s}",
            "spec.rules[0].timeouts.backendRequest: 2s (expected: at most request, 1s, of which it"
                + " is a part)"),
        rule(
            "timeouts: {request: 1.5s}",
            "spec.rules[0].timeouts.request: 1.5s (expected: "
                + Durations.GATEWAY.expected()
                + ")"),
        rule(
            "retry: {codes: [399, 500], attempts: 11}",
            "spec.rules[0].retry.codes[0]: 399 (expected: a status from 400 to 599)",
            "spec.rules[0].retry.attempts: 11 (expected: a whole number from 0 to 10)"),
        rule(
            "sessionPersistence: {sessionName: a}",
            "spec.rules[0].sessionPersistence: an object with [sessionName] (expected: absent: the"
                + " mesh keeps no sessions; a BackendTrafficPolicy with loadBalancer.type"
                + " ConsistentHash on a cookie or header keeps a user on an endpoint)"));
  }

  @ParameterizedTest
  @MethodSource
  void wrong(String yaml, List<String> expected) {
    assertThat(problems(yaml(yaml))).containsExactlyElementsOf(expected);
  }

  @Test
  void aRequestTimeoutOfZeroIsNone() {
    assertThat(problems(yaml(HEAD + "  rules: [{timeouts: {request: 0s, backendRequest: 2s}}]\n")))
        .isEmpty();
  }
}

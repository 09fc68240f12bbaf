package dev.weft.policy;

import static dev.weft.policy.Trial.map;
import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.AuthorizationPolicy.Action;
import dev.weft.policy.AuthorizationPolicy.Condition;
import dev.weft.policy.AuthorizationPolicy.Key;
import dev.weft.policy.AuthorizationPolicy.Operation;
import dev.weft.policy.AuthorizationPolicy.Rule;
import dev.weft.policy.AuthorizationPolicy.Source;
import dev.weft.policy.AuthorizationPolicy.Values;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AuthorizationPolicyTest {
  private static final Values ANY = Values.ANY;

  @Test
  void everythingThatIsHonoured() {
    AuthorizationPolicy policy =
        read(
            """
            selector: {matchLabels: {app: orders}}
            action: DENY
            rules:
            - from:
              - source:
                  principals: [weft.internal/ns/default/sa/shop, "*/sa/web", "a/*", "*"]
                  notNamespaces: [dev]
              - source: {ipBlocks: [10.0.0.0/8], notIpBlocks: [10.0.0.7]}
              to:
              - operation:
                  hosts: [Orders.Example.COM., "*.example.com", "orders:*", "orders:8080"]
                  ports: ["8080"]
                  methods: [GET, "P*"]
                  paths: [/admin, "/admin/*", "*.php", /caf%C3%A9]
                  notPaths: ["/admin/health"]
              when:
              - {key: "request.headers[X-Role]", values: [a, "b*"], notValues: [bad]}
              - {key: source.principal, notValues: [weft.internal/ns/default/sa/a]}
              - {key: source.namespace, values: [prod]}
              - {key: source.ip, values: ["fd00::/8"]}
              - {key: destination.port, values: ["8080"]}
            - {}
            """);
    assertThat(policy.action()).isEqualTo(Action.DENY);
    assertThat(policy.selector()).isEqualTo(new Selector(Map.of("app", "orders")));
    assertThat(policy.rule()).isEqualTo("AuthorizationPolicy default/p");
    assertThat(policy.rules())
        .containsExactly(
            new Rule(
                List.of(
                    new Source(
                        of("weft.internal/ns/default/sa/shop", "*/sa/web", "a/*", "*"),
                        new Values(List.of(), List.of("dev")),
                        ANY),
                    new Source(ANY, ANY, new Values(List.of("10.0.0.0/8"), List.of("10.0.0.7")))),
                List.of(
                    new Operation(
                        of("orders.example.com", "*.example.com", "orders", "orders:8080"),
                        of("8080"),
                        of("GET", "P*"),
                        new Values(
                            List.of("/admin", "/admin/*", "*.php", "/caf%C3%A9"),
                            List.of("/admin/health")))),
                List.of(
                    new Condition(
                        Key.REQUEST_HEADER,
                        "x-role",
                        new Values(List.of("a", "b*"), List.of("bad"))),
                    new Condition(
                        Key.SOURCE_PRINCIPAL,
                        "",
                        new Values(List.of(), List.of("weft.internal/ns/default/sa/a"))),
                    new Condition(Key.SOURCE_NAMESPACE, "", of("prod")),
                    new Condition(Key.SOURCE_IP, "", of("fd00::/8")),
                    new Condition(Key.DESTINATION_PORT, "", of("8080")))),
            Rule.ANY);
  }

  @Test
  void anEmptySpec_allowsNothing() {
    AuthorizationPolicy policy = read("{}");
    assertThat(policy.action()).isEqualTo(Action.ALLOW);
    assertThat(policy.rules()).isEmpty();
    assertThat(policy.selector()).isEqualTo(Selector.ALL);
  }

  static Stream<Arguments> refused() {
    String jwt = "absent: the mesh reads no JSON Web Tokens";
    return Stream.of(
        problem("action: CUSTOM", "spec.action", "not honoured"),
        problem("action: allow", "spec.action", "one of ALLOW, DENY, AUDIT"),
        problem("provider: {name: x}", "spec.provider", "CUSTOM"),
        problem("targetRefs: [{kind: Gateway}]", "spec.targetRefs", "selector"),
        problem("rule: []", "spec.rule", "did you mean rules?"),
        problem(source("requestPrincipals: ['*']"), "source.requestPrincipals", jwt),
        problem(source("remoteIpBlocks: ['1.2.3.4']"), "source.remoteIpBlocks", "forged"),
        problem(source("serviceAccounts: [a]"), "source.serviceAccounts", "write principals"),
        problem(
            source("principals: ['spiffe://a/ns/b/sa/c']"), "principals[0]", "without spiffe://"),
        problem(source("principals: [shop]"), "principals[0]", "such as weft.internal/ns"),
        problem(source("principals: []"), "source.principals", "at least one value, or absent"),
        problem(source("principals: ['a*b']"), "principals[0]", "star"),
        problem(source("principals: ['']"), "principals[0]", "such as weft.internal/ns"),
        problem(source("namespaces: [7]"), "namespaces[0]", "text (in quotes)"),
        problem(source("ipBlocks: [10.0.0.0/40]"), "ipBlocks[0]", "IP address"),
        problem(source(""), "from[0].source", "at least one field"),
        problem("rules: [{from: []}]", "rules[0].from", "at least one source"),
        problem("rules: [{from: [{}]}]", "from[0].source", "an object"),
        problem("rules: [{form: []}]", "rules[0].form", "did you mean from?"),
        problem(operation("methods: [get]"), "methods[0]", "capitals"),
        problem(operation("ports: [8080]"), "ports[0]", "text (in quotes)"),
        problem(operation("ports: ['0']"), "ports[0]", "port number"),
        problem(operation("paths: [admin]"), "paths[0]", "begins with /"),
        problem(operation("paths: [/a//b]"), "paths[0]", "without //"),
        problem(operation("paths: [/a/../b]"), "paths[0]", "without /../"),
        problem(operation("paths: [/a/..]"), "paths[0]", "does not end"),
        problem(operation("paths: [/%2e%2e/b]"), "paths[0]", "without %2e"),
        problem(operation("paths: [/a%2Fb]"), "paths[0]", "without %2f"),
        problem(operation("paths: ['/a;b']"), "paths[0]", "without ;"),
        problem(operation("paths: [/a%2541]"), "paths[0]", "once only"),
        problem(operation("paths: ['/a?b']"), "paths[0]", "a path of"),
        problem(operation("paths: ['/caf%C3*']"), "paths[0]", "UTF-8"),
        problem(operation("paths: ['/a/{*}']"), "paths[0]", "templates"),
        problem(operation("paths: ['/a*b']"), "paths[0]", "star"),
        problem(operation("hosts: ['a/b']"), "hosts[0]", "a host"),
        problem(when("{key: 'request.auth.claims[iss]', values: [a]}"), "when[0].key", "JSON Web"),
        problem(when("{key: remote.ip, values: [a]}"), "when[0].key", "forged"),
        problem(when("{key: source.name, values: [a]}"), "when[0].key", "one of request.headers"),
        problem(when("{key: 'request.headers[]', values: [a]}"), "when[0].key", "header field"),
        problem(when("{key: 'request.headers[Weft-Source]', values: [a]}"), "when[0].key", "own"),
        problem(when("{key: source.ip}"), "when[0].values", "at least one of"),
        problem(when("{key: source.ip, values: [x]}"), "values[0]", "IP address"));
  }

  @ParameterizedTest
  @MethodSource
  void refused(String spec, String path, String expected) {
    assertThat(Trial.problems(tree("default", "p", spec)))
        .singleElement()
        .asString()
        .contains(path)
        .contains(expected);
  }

  @Test
  void selects_itsNamespace_orAllFromTheRoot_byLabels() {
    Map<String, String> orders = Map.of("app", "orders");
    assertThat(read("{}").selects("default", orders)).isTrue();
    assertThat(read("{}").selects("prod", orders)).isFalse();
    String selector = "selector: {matchLabels: {app: shop}}";
    assertThat(read(selector).selects("default", orders)).isFalse();
    AuthorizationPolicy root =
        (AuthorizationPolicy)
            Trial.resource(document("weft-system", "p", "selector: {matchLabels: {app: orders}}"))
                .spec();
    assertThat(root.selects("prod", orders)).isTrue();
    assertThat(root.selects("prod", Map.of("app", "shop"))).isFalse();
  }

  @Test
  void whatCannotBeRead_deniesWhatItSelects_asFarAsThatCanBeTold() {
    Map<String, String> orders = Map.of("app", "orders");
    Map<String, String> shop = Map.of("app", "shop");
    AuthorizationPolicy selecting =
        denying(tree("default", "p", "{selector: {matchLabels: {app: orders}}, rules: 7}"));
    assertThat(selecting.action()).isEqualTo(Action.DENY);
    assertThat(selecting.rules()).containsExactly(Rule.ANY);
    assertThat(selecting.notUnderstood()).isEqualTo("why");
    assertThat(selecting.selects("default", orders)).isTrue();
    assertThat(selecting.selects("default", shop)).isFalse();
    assertThat(selecting.selects("prod", orders)).isFalse();

    AuthorizationPolicy wide =
        denying(tree("default", "p", "{selector: {matchExpressions: [], matchLabels: {app: a}}}"));
    assertThat(wide.selects("default", shop)).isTrue();
    assertThat(wide.selects("prod", shop)).isFalse();

    assertThat(denying(map("metadata", map("name", "p"))).selects("default", shop)).isTrue();
    assertThat(denying(map("metadata", map("name", "p"))).selects("prod", shop)).isFalse();
    assertThat(denying(map("metadata", map("namespace", 7))).selects("prod", shop)).isTrue();
    assertThat(denying(map("metadata", 7, "spec", 8)).selects("prod", shop)).isTrue();
  }

  static Stream<Arguments> warned() {
    String ask = "from: [{source: {principals: ['*']}}]";
    String mine = "selector: {matchLabels: {app: orders}}\n";
    return Stream.of(
        Arguments.of("{}", List.of("allows nothing, having no rules: every request to the whole")),
        Arguments.of(mine, List.of("allows nothing, having no rules: every request to what it")),
        Arguments.of(mine + "action: DENY", List.of("has no effect: DENY without rules")),
        Arguments.of(
            "rules: [{}]",
            List.of(
                "allows every request to the whole namespace default: rule[0], being empty,"
                    + " matches all")),
        Arguments.of(
            "action: DENY\nrules: [{to: [{operation: {methods: [GET]}}]}, {}]",
            List.of("denies every request to the whole namespace default: rule[1], being")),
        Arguments.of("action: AUDIT\nrules: [{}]", List.of()),
        Arguments.of(
            "rules: [{to: [{operation: {methods: [GET]}}]}]",
            List.of("concerns the whole namespace default, having no")),
        Arguments.of(mine + "rules: [{}, {" + ask + "}]", List.of()),
        Arguments.of(mine + "rules: [{}]", List.of()),
        Arguments.of(
            mine + "rules: [{" + ask + "}]", List.of("rule[0] allows callers by identity, and")),
        Arguments.of(
            mine + "action: DENY\nrules: [{to: [{operation: {methods: [PUT]}}]}, {" + ask + "}]",
            List.of("rule[1] denies callers by identity, and callers in plaintext have none")),
        Arguments.of(
            mine + "rules: [{from: [{source: {notPrincipals: ['a/*']}}]}]",
            List.of("rule[0] allows whoever has not certain identities")),
        Arguments.of(
            mine + "action: DENY\nrules: [{to: [{operation: {paths: [/admin]}}]}]",
            List.of("rule[0] denies exactly /admin: many servers answer /admin/")),
        Arguments.of(
            mine + "action: DENY\nrules: [{to: [{operation: {paths: [/admin, '/admin/*']}}]}]",
            List.of()));
  }

  @ParameterizedTest
  @MethodSource
  void warned(String spec, List<String> beginnings) {
    Resource resource = Trial.resource(document("default", "p", spec));
    List<String> warnings = Kinds.warnings(resource, new Surroundings(List.of(resource), null));
    assertThat(warnings).hasSameSizeAs(beginnings);
    for (int i = 0; i < beginnings.size(); i++) {
      assertThat(warnings.get(i)).startsWith(beginnings.get(i));
    }
  }

  @Test
  void identitiesAreNotWarnedOfUnderStrict() throws InvalidResourceException {
    Resource strict =
        Kinds.parse(
            Trial.peerAuthentication("default", "s", map("mtls", map("mode", "STRICT"))),
            "default");
    Resource resource =
        Trial.resource(
            document(
                "default",
                "p",
                "selector: {matchLabels: {app: orders}}\n"
                    + "rules: [{from: [{source: {principals: ['*']}}]}]"));
    assertThat(Kinds.warnings(resource, new Surroundings(List.of(resource, strict), null)))
        .isEmpty();
  }

  /** Registered are orders v1 (8080, 8081) and payments; shop only calls. */
  private static Surroundings registered(Resource... all) {
    MemberIndex members = new MemberIndex();
    members.add(
        new ServiceName("default", "orders"), Map.of("version", "v1"), Set.of(8080, 8081), true);
    members.add(new ServiceName("prod", "payments"), Map.of(), Set.of(9090), true);
    members.addCaller("default/shop");
    members.knowsAllCallers();
    return new Surroundings(List.of(all), members);
  }

  static Stream<Arguments> warnedOfWhoIsThere() {
    String mine = "selector: {matchLabels: {app: orders}}\n";
    String deny = mine + "action: DENY\n";
    return Stream.of(
        Arguments.of(
            "selector: {matchLabels: {app: ordrs}}\nrules: [{to: [{operation: {methods: [GET]}}]}]",
            "concerns nobody (yet): no instance of namespace default has registered with"
                + " {app=ordrs}; did you mean default/orders?"),
        Arguments.of(
            "selector: {matchLabels: {app: orders, version: v2}}\nrules: [{}]",
            "concerns nobody (yet): no instance of namespace default has registered with"
                + " {app=orders, version=v2}"),
        Arguments.of(
            "selector: {matchLabels: {app.kubernetes.io/name: orders, version: v1}}\nrules: [{}]",
            null),
        Arguments.of(deny + operation("ports: ['8081']"), null),
        Arguments.of(
            deny + operation("ports: ['8083']"),
            "rule[0]: no instance that it concerns has port 8083 (they have 8080, 8081)"),
        Arguments.of(
            deny + when("{key: destination.port, notValues: ['81']}"),
            "rule[0]: no instance that it concerns has port 81 (they have 8080, 8081)"),
        Arguments.of(
            deny + source("notPrincipals: [cluster.local/ns/default/sa/shpo]"),
            "rule[0]: no service default/shpo is known (yet); did you mean default/shop?"),
        Arguments.of(
            deny + when("{key: source.principal, notValues: ['x/ns/prod/sa/shop']}"),
            "rule[0]: no service prod/shop is known (yet)"),
        Arguments.of(
            deny + source("notNamespaces: [prd]"),
            "rule[0]: no service of namespace prd is known (yet)"),
        Arguments.of(deny + source("notNamespaces: ['pr*', prod]"), null),
        Arguments.of(
            deny + source("notPrincipals: ['*/sa/any', cluster.local/ns/default/sa/shop]"), null));
  }

  @ParameterizedTest
  @MethodSource
  void warnedOfWhoIsThere(String spec, @Nullable String expected) {
    Resource resource = Trial.resource(document("default", "p", spec));
    assertThat(Kinds.warnings(resource, registered(resource)))
        .isEqualTo(expected == null ? List.of() : List.of(expected));
  }

  @Test
  void aNamespaceWithoutInstances_andTheWholeMesh() {
    String get = "rules: [{to: [{operation: {methods: [GET]}}]}]";
    Resource resource = Trial.resource(document("prd", "p", get));
    assertThat(Kinds.warnings(resource, registered(resource)))
        .contains("concerns nobody (yet): no instance of namespace prd has registered");
    String payments = "selector: {matchLabels: {app: payments}}\n";
    for (String root : List.of("weft-system", "istio-system")) {
      Resource mesh = Trial.resource(document(root, "p", payments + get));
      assertThat(Kinds.warnings(mesh, registered(mesh))).isEmpty();
    }
    Resource typo =
        Trial.resource(document("istio-system", "p", payments.replace("pay", "py") + get));
    assertThat(Kinds.warnings(typo, registered(typo)))
        .containsExactly("concerns nobody (yet): no instance has registered with {app=pyments}");
  }

  @Test
  void whereNotAllCallersAreKnown_nothingIsSaidOfThem() {
    MemberIndex members = new MemberIndex();
    members.add(new ServiceName("default", "orders"), Map.of(), Set.of(8080), true);
    Resource resource =
        Trial.resource(
            document(
                "default", "p", source("principals: [cluster.local/ns/default/sa/elsewhere]")));
    assertThat(Kinds.warnings(resource, new Surroundings(List.of(resource), members)))
        .noneMatch(one -> one.contains("elsewhere"));
  }

  @Test
  void aDryRunIsWarnedOfAsOne() {
    Map<String, Object> tree = yaml(document("default", "p", "{}"));
    tree.put("metadata", map("name", "p", "annotations", map("istio.io/dry-run", "true")));
    assertThat(Trial.problems(tree)).isEmpty();
    Resource resource = Trial.read(tree);
    assertThat(Kinds.warnings(resource, new Surroundings(List.of(resource), null)))
        .singleElement()
        .asString()
        .startsWith("were it enforced, and no dry run: allows nothing");
  }

  private static Values of(String... values) {
    return new Values(List.of(values), List.of());
  }

  private static AuthorizationPolicy denying(Map<String, Object> tree) {
    return (AuthorizationPolicy) AuthorizationPolicy.denying(tree, "why").spec();
  }

  private static Arguments problem(String spec, String path, String expected) {
    return Arguments.of(spec, path, expected);
  }

  private static String source(String fields) {
    return "rules: [{from: [{source: {" + fields + "}}]}]";
  }

  private static String operation(String fields) {
    return "rules: [{to: [{operation: {" + fields + "}}]}]";
  }

  private static String when(String condition) {
    return "rules: [{when: [" + condition + "]}]";
  }

  private static AuthorizationPolicy read(String spec) {
    return (AuthorizationPolicy) Trial.resource(document("default", "p", spec)).spec();
  }

  private static Map<String, Object> tree(String namespace, String name, String spec) {
    return yaml(document(namespace, name, spec));
  }

  private static String document(String namespace, String name, String spec) {
    return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {namespace: "
        + namespace
        + ", name: "
        + name
        + "}\nspec:\n"
        + spec.stripTrailing().indent(2);
  }
}

package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Decision;
import dev.weft.policy.AuthorizationPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorizerTest {
  private static final Map<String, String> ORDERS = Map.of("app", "orders", "version", "v1");
  private static final Peer SHOP = new Peer("weft.internal", "default", "shop");
  private static final Peer WEB = new Peer("weft.internal", "front", "web");

  private final List<AuthorizationPolicy> policies = new ArrayList<>();

  // ---- order and meaning

  @Test
  void withoutAnyPolicy_everythingIsAllowed() {
    Authorization decided = ask(TestHead.get("/x"), null);
    assertThat(decided.allowed()).isTrue();
    assertThat(decided.rule()).isEqualTo("default");
    assertThat(authorizer(8080).concerned()).isFalse();
  }

  @Test
  void anEmptySpec_allowsNothing_andNamesItself() {
    policy("nothing", "{}");
    Authorization decided = ask(TestHead.get("/x"), SHOP);
    assertThat(decided.refuse())
        .isEqualTo(
            new Decision.Refuse(
                403,
                "http_request_denied",
                "AuthorizationPolicy default/nothing",
                "GET /x by spiffe://weft.internal/ns/default/sa/shop is allowed by no rule"));
  }

  @Test
  void anEmptyRule_allowsAll() {
    policy("all", "rules: [{}]");
    Authorization decided = ask(TestHead.get("/x"), null);
    assertThat(decided.allowed()).isTrue();
    assertThat(decided.rule()).isEqualTo("AuthorizationPolicy default/all rule[0]");
  }

  @Test
  void denyComesBeforeAllow_andNamesItsRule() {
    policy("all", "rules: [{}]");
    policy("no", "action: DENY\nrules: [" + to("paths: [/x]") + ", " + to("paths: [/y]") + "]");
    assertThat(ask(TestHead.get("/y"), SHOP).refuse().rule())
        .isEqualTo("AuthorizationPolicy default/no rule[1]");
    assertThat(ask(TestHead.get("/z"), SHOP).allowed()).isTrue();
  }

  @Test
  void onlyDeny_leavesTheRestAllowed() {
    policy("no", "action: DENY\nrules: [" + to("methods: [DELETE]") + "]");
    assertThat(ask(TestHead.get("/"), null).allowed()).isTrue();
    assertThat(ask(new TestHead("DELETE", "/"), null).allowed()).isFalse();
  }

  @Test
  void denyWithoutRules_hasNoEffect_allowOfSeveralPolicies_addsUp() {
    policy("a", "rules: [" + to("paths: [/a]") + "]");
    policy("b", "rules: [" + to("paths: [/b]") + "]");
    policy("no", "action: DENY");
    assertThat(ask(TestHead.get("/a"), null).allowed()).isTrue();
    assertThat(ask(TestHead.get("/b"), null).allowed()).isTrue();
    assertThat(ask(TestHead.get("/c"), null).refuse().rule())
        .isEqualTo("AuthorizationPolicy default/a, default/b");
  }

  @Test
  void audit_onlySaysSo() {
    policy("look", "action: AUDIT\nrules: [" + to("paths: ['/x*']") + "]");
    Authorization allowed = ask(TestHead.get("/x1"), null);
    assertThat(allowed.allowed()).isTrue();
    assertThat(allowed.audited()).isEqualTo("AuthorizationPolicy default/look rule[0]");
    assertThat(ask(TestHead.get("/y"), null).audited()).isNull();

    policy("nothing", "{}");
    Authorization denied = ask(TestHead.get("/x1"), null);
    assertThat(denied.allowed()).isFalse();
    assertThat(denied.audited()).isNotNull();
  }

  @Test
  void aDryRun_deniesNothing_andSaysWhatItWould() {
    tried("no", "action: DENY\nrules: [" + to("paths: [/x]") + "]");
    Authorization spared = ask(TestHead.get("/x"), null);
    assertThat(spared.allowed()).isTrue();
    assertThat(spared.audited())
        .isEqualTo("AuthorizationPolicy default/no rule[0] (dry run) would deny");
    assertThat(ask(TestHead.get("/y"), null).audited()).isNull();
    Authorization read = ask(TestHead.get("/a/../x"), null);
    assertThat(read.allowed()).as("nor does it make paths matter").isTrue();
    assertThat(read.audited()).contains("would deny");
  }

  @Test
  void aDryRunOfAllow_deniesNothing_andAllowsNothing() {
    tried("few", "rules: [" + to("paths: [/x]") + "]");
    assertThat(ask(TestHead.get("/x"), null).audited()).isNull();
    Authorization spared = ask(TestHead.get("/y"), null);
    assertThat(spared.allowed()).isTrue();
    assertThat(spared.audited()).isEqualTo("AuthorizationPolicy default/few (dry run) would deny");

    policy("nothing", "{}");
    Authorization denied = ask(TestHead.get("/x"), null);
    assertThat(denied.refuse().rule()).isEqualTo("AuthorizationPolicy default/nothing");
    assertThat(denied.audited())
        .isEqualTo("AuthorizationPolicy default/few rule[0] (dry run) would allow");

    policy("look", "action: AUDIT\nrules: [{}]");
    assertThat(ask(TestHead.get("/x"), null).audited())
        .isEqualTo(
            "AuthorizationPolicy default/look rule[0]; AuthorizationPolicy default/few rule[0]"
                + " (dry run) would allow");
  }

  @Test
  void istiosRootNamespace_isTheMeshs() {
    policies.add(TestPolicy.authorization("istio-system", "no", "action: DENY\nrules: [{}]"));
    assertThat(ask(TestHead.get("/"), null).refuse().rule())
        .isEqualTo("AuthorizationPolicy istio-system/no rule[0]");
  }

  @Test
  void probes_needNoAllow_butCanBeDenied() {
    policy("nothing", "{}");
    assertThat(authorizer(8080).authorize(TestHead.get("/healthz").by(null), true).allowed())
        .isTrue();
    policy("no", "action: DENY\nrules: [" + to("paths: [/healthz]") + "]");
    assertThat(authorizer(8080).authorize(TestHead.get("/healthz").by(null), true).allowed())
        .isFalse();
  }

  @Test
  void selectorsAndTheRootNamespace() {
    policies.add(
        TestPolicy.authorization("prod", "elsewhere", "{selector: {matchLabels: {app: orders}}}"));
    policy("other", "selector: {matchLabels: {app: shop}}");
    assertThat(ask(TestHead.get("/"), null).allowed()).isTrue();
    policies.add(
        TestPolicy.authorization(
            "weft-system", "mesh", "{selector: {matchLabels: {version: v1}}}"));
    assertThat(ask(TestHead.get("/"), null).rule())
        .isEqualTo("AuthorizationPolicy weft-system/mesh");
  }

  // ---- who

  @ParameterizedTest
  @CsvSource({
    "weft.internal/ns/default/sa/shop, true, false",
    "weft.internal/ns/default/sa/sho, false, false",
    "weft.internal/ns/default/*, true, false",
    "*/sa/web, false, true",
    "*, true, true",
    "other.domain/ns/default/sa/shop, false, false",
    "cluster.local/ns/default/sa/shop, true, false",
    "cluster.local/ns/front/*, false, true",
    "cluster.local/*, true, true",
  })
  void principals(String principal, boolean shop, boolean web) {
    policy("p", "rules: [{from: [{source: {principals: ['" + principal + "']}}]}]");
    assertThat(ask(TestHead.get("/"), SHOP).allowed()).isEqualTo(shop);
    assertThat(ask(TestHead.get("/"), WEB).allowed()).isEqualTo(web);
    assertThat(ask(TestHead.get("/"), null).allowed()).isFalse();
  }

  @Test
  void sourcesAreAlternatives_theirFieldsAreNot() {
    policy(
        "p",
        "rules: [{from: [{source: {namespaces: [front], principals: ['*/sa/shop']}},"
            + " {source: {namespaces: ['def*']}}]}]");
    assertThat(ask(TestHead.get("/"), SHOP).allowed()).isTrue();
    assertThat(ask(TestHead.get("/"), WEB).allowed()).isFalse();
  }

  @Test
  void notPrincipals_concernsCallersWithoutIdentityToo() {
    policy(
        "p",
        "action: DENY\nrules: [{from: [{source: {notPrincipals:"
            + " [weft.internal/ns/default/sa/shop]}}]}]");
    assertThat(ask(TestHead.get("/"), SHOP).allowed()).isTrue();
    assertThat(ask(TestHead.get("/"), WEB).allowed()).isFalse();
    assertThat(ask(TestHead.get("/"), null).allowed()).isFalse();
  }

  @Test
  void addresses() {
    policy(
        "p",
        "rules: [{from: [{source: {ipBlocks: [10.0.0.0/8], notIpBlocks: [10.0.0.7]}}]},"
            + " {when: [{key: source.ip, values: ['fd00::/8']}]}]");
    assertThat(ask(TestHead.get("/").from(10, 1, 2, 3), null).allowed()).isTrue();
    assertThat(ask(TestHead.get("/").from(10, 0, 0, 7), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/").from(11, 0, 0, 7), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/"), null).allowed()).isFalse();
    int[] fd = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    assertThat(ask(TestHead.get("/").from(fd), null).allowed()).isTrue();
  }

  @Test
  void anAddressThatIsNotKnown_passesNoRuleThatAsksForIt() {
    policy("p", "action: DENY\nrules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]");
    assertThat(ask(TestHead.get("/").from(11, 0, 0, 7), null).allowed()).isTrue();
    Authorization decided = ask(TestHead.get("/"), SHOP);
    assertThat(decided.allowed()).isFalse();
    assertThat(decided.refuse().details()).contains("its connection is closed");
    policies.clear();
    policy("q", "rules: [{when: [{key: source.ip, notValues: [10.0.0.7]}]}]");
    assertThat(ask(TestHead.get("/"), SHOP).allowed()).isFalse();
    policies.clear();
    policy("a", "action: AUDIT\nrules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]");
    assertThat(ask(TestHead.get("/"), SHOP).allowed()).isTrue();
  }

  // ---- what

  @Test
  void ports_areDecidedWhenThePolicyIsCompiled() {
    policy("p", "rules: [" + to("ports: ['8080']") + "]");
    policy("q", "action: DENY\nrules: [{when: [{key: destination.port, notValues: ['8080']}]}]");
    assertThat(ask(TestHead.get("/"), null).allowed()).isTrue();
    Authorization other = authorizer(9090).authorize(TestHead.get("/").by(null), false);
    assertThat(other.rule()).isEqualTo("AuthorizationPolicy default/q rule[0]");
  }

  @ParameterizedTest
  @CsvSource({
    "orders, true",
    "ORDERS, true",
    "orders:8080, true",
    "orders., true",
    "orders.:8080, true",
    "api.example.com, true",
    "api.example.com:443, true",
    "example.com, false",
    "shop, false",
    "shop:8080, false",
    "pay:1, true",
    "pay:2, false",
    "pay, false",
    "[::1]:8080, false",
  })
  void hosts(String host, boolean allowed) {
    policy("p", "rules: [" + to("hosts: [orders, '*.example.com', 'pay:1']") + "]");
    assertThat(ask(TestHead.get("/").header("host", host), null).allowed()).isEqualTo(allowed);
    assertThat(ask(TestHead.get("/").authority(host), null).allowed()).isEqualTo(allowed);
  }

  @Test
  void aRequestThatNamesSeveralHosts_isMalformed() {
    policy("p", "action: DENY\nrules: [" + to("hosts: [admin]") + "]");
    TestHead twice = TestHead.get("/").header("host", "a").header("host", "admin");
    assertThat(ask(twice, null).refuse().status()).isEqualTo(400);
    TestHead absolute = TestHead.get("http://a/").header("host", "admin");
    assertThat(ask(absolute, null).refuse().status()).isEqualTo(400);
    TestHead pseudo = TestHead.get("/").authority("a").header("host", "admin");
    assertThat(ask(pseudo, null).refuse().status()).isEqualTo(400);
    TestHead same = TestHead.get("http://A/").header("host", "a");
    assertThat(ask(same, null).allowed()).isTrue();
    assertThat(ask(TestHead.get("/"), null).allowed()).isTrue();
  }

  @Test
  void theAbsoluteFormIsChecked_whateverThePolicyLooksAt() {
    policy("p", "action: DENY\nrules: [" + to("paths: [/admin]") + "]");
    assertThat(ask(TestHead.get("http://a/x").header("host", "b"), null).refuse().status())
        .isEqualTo(400);
    assertThat(ask(TestHead.get("http://a/admin").header("host", "a"), null).refuse().status())
        .isEqualTo(403);
    assertThat(ask(TestHead.get("http://a/x").header("host", "a"), null).allowed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin",
        "/admin/",
        "/admin/x",
        "/%61dmin",
        "/%61dmin/x",
        "/admin;a=b",
        "/admin;x/y",
        "/admin//x",
        "/admin%2Fx",
        "/admin%3Bx/y",
        "/admin/%2Fx"
      })
  void denied_howeverItIsWritten(String path) {
    policy("p", "action: DENY\nrules: [" + to("paths: [/admin, '/admin/*']") + "]");
    assertThat(ask(TestHead.get(path), SHOP).refuse().status()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/app/../admin", "/./admin", "//admin", "/%2e%2e/admin", "/app/%2e%2e/admin", "/%5cadmin",
        "/\\admin", "/app/..;/admin", "/%2561dmin", "/%c0%ae%c0%ae/admin", "/admin%00", "/admin#x",
        "/%2Fadmin"
      })
  void whatServersReadDifferently_isMalformed(String path) {
    policy("p", "action: DENY\nrules: [" + to("paths: [/admin, '/admin/*']") + "]");
    Decision.Refuse refuse = ask(TestHead.get(path), SHOP).refuse();
    assertThat(refuse.status()).isEqualTo(400);
    assertThat(refuse.rule()).isEqualTo("AuthorizationPolicy default/p");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/api/a%20b",
        "/api/caf%C3%A9",
        "/api/a+b",
        "/api/x%2Fy",
        "/API/x",
        "/api/100%25"
      })
  void legitimatePathsAreLetIn(String path) {
    policy("no", "action: DENY\nrules: [" + to("paths: [/admin, '/admin/*']") + "]");
    policy("yes", "rules: [" + to("paths: [/, '/API/*', '/api/*']") + "]");
    assertThat(ask(TestHead.get(path), SHOP).allowed()).isTrue();
  }

  /** Express and ASP.NET Core find the same handler; Django and Flask make methods upper case. */
  @Test
  void whatDenies_deniesInAnyCase_andWhatAllowsOnlyAsWritten() {
    policy("no", "action: DENY\nrules: [" + to("paths: [/Admin, '/Admin/*']") + "]");
    for (String path : new String[] {"/Admin", "/admin", "/ADMIN", "/aDMIN/x", "/%41dmin/x"}) {
      assertThat(ask(TestHead.get(path), SHOP).allowed()).as(path).isFalse();
    }
    assertThat(ask(TestHead.get("/administrator"), SHOP).allowed()).isTrue();
    policies.clear();
    policy("no", "action: DENY\nrules: [" + to("methods: [DELETE]") + "]");
    assertThat(ask(new TestHead("delete", "/x"), SHOP).allowed()).isFalse();
    assertThat(ask(new TestHead("patch", "/x"), SHOP).allowed()).isTrue();
    policies.clear();
    policy("yes", "rules: [" + to("paths: ['/api/*']") + "]");
    assertThat(ask(TestHead.get("/API/x"), SHOP).allowed()).isFalse();
    policies.clear();
    policy("yes", "rules: [" + to("notPaths: [/admin]") + "]");
    assertThat(ask(TestHead.get("/Admin"), SHOP).allowed()).isFalse();
    assertThat(ask(TestHead.get("/Other"), SHOP).allowed()).isTrue();
    policies.clear();
    policy("yes", "rules: [" + to("methods: [GET]") + "]");
    assertThat(ask(new TestHead("get", "/x"), SHOP).allowed()).isFalse();
    policies.clear();
    policy("yes", "rules: [" + to("notMethods: [DELETE]") + "]");
    assertThat(ask(new TestHead("delete", "/x"), SHOP).allowed()).isFalse();
  }

  /** As {@code strip()} of Python leaves it; and HTTP/2 sends. */
  @Test
  void spacesAtTheEndsOfAValue_areNotPartOfItOnly() {
    policy("no", "action: DENY\nrules: [{when: [{key: 'request.headers[x]', values: [admin]}]}]");
    for (String value : new String[] {"admin", " admin", "admin\t", "\u0085 admin\u00a0"}) {
      assertThat(ask(TestHead.get("/").header("x", value), SHOP).allowed()).as(value).isFalse();
    }
    assertThat(ask(TestHead.get("/").header("x", "ad min"), SHOP).allowed()).isTrue();
    policies.clear();
    policy("yes", "rules: [{when: [{key: 'request.headers[x]', notValues: [admin]}]}]");
    assertThat(ask(TestHead.get("/").header("x", "admin\u00a0"), SHOP).allowed()).isFalse();
    assertThat(ask(TestHead.get("/").header("x", "shop\u00a0"), SHOP).allowed()).isTrue();
  }

  /** As applications see it, whatever it is called on the wire. */
  @Test
  void theHostAsAHeader_isTheHost() {
    policy(
        "no", "action: DENY\nrules: [{when: [{key: 'request.headers[Host]', values: [Admin]}]}]");
    for (String host : new String[] {"admin", "ADMIN", "admin:80", "admin."}) {
      assertThat(ask(TestHead.get("/").header("host", host), SHOP).allowed()).as(host).isFalse();
      assertThat(ask(TestHead.get("/").authority(host), SHOP).allowed()).as(host).isFalse();
    }
    assertThat(ask(TestHead.get("/").authority("shop"), SHOP).allowed()).isTrue();
    assertThat(ask(TestHead.get("/").authority("x@admin"), SHOP).allowed()).isFalse();
  }

  @Test
  void aHostThatIsNone_isRefusedWhereAPolicyLooksAtHosts() {
    policy("no", "action: DENY\nrules: [" + to("hosts: [admin.internal]") + "]");
    for (String host :
        new String[] {
          "x@admin.internal",
          "admin.internal:80:80",
          "admin.internal:080",
          "admin.internal..",
          "admin.internal/",
          "a b"
        }) {
      assertThat(ask(TestHead.get("/x").header("host", host), SHOP).allowed()).as(host).isFalse();
    }
    for (String host : new String[] {"shop", "a.b-c_d:8080", "[::1]:80", "10.0.0.0", "shop."}) {
      assertThat(ask(TestHead.get("/x").header("host", host), SHOP).allowed()).as(host).isTrue();
    }
  }

  @Test
  void anEscapedSlash_isLetInOnlyIfBothReadingsAre() {
    policy("yes", "rules: [" + to("paths: ['/npm/*']") + "]");
    assertThat(ask(TestHead.get("/npm/@a%2Fb"), null).allowed()).isTrue();
    policies.clear();
    policy("yes", "rules: [" + to("paths: ['/public/*']") + "]");
    assertThat(ask(TestHead.get("/public%2Fx"), null).allowed()).isFalse();
    policies.clear();
    policy("yes", "rules: [" + to("notPaths: ['/a/b*']") + "]");
    assertThat(ask(TestHead.get("/a%2Fb"), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/a%2Fc"), null).allowed()).isTrue();
  }

  @Test
  void withoutPathsInAnyPolicy_pathsAreNobodysBusiness() {
    policy("p", "rules: [" + to("methods: [GET]") + "]");
    assertThat(ask(TestHead.get("/a/../b"), null).allowed()).isTrue();
    assertThat(ask(TestHead.get(""), null).allowed()).isTrue();
  }

  // ---- when

  @Test
  void headers() {
    policy(
        "p",
        "rules: [{when: [{key: 'request.headers[X-Role]', values: ['adm*'], notValues: [admx]}]}]");
    assertThat(ask(TestHead.get("/").header("x-role", "admin"), null).allowed()).isTrue();
    assertThat(ask(TestHead.get("/").header("x-role", "admx"), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/").header("x-role", "user"), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/").header("x-role", ""), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/"), null).allowed()).isFalse();
  }

  @Test
  void aHeaderThatComesTwice_isDeniedByOneValue_andAllowedByAll() {
    policy("p", "action: DENY\nrules: [{when: [{key: 'request.headers[x]', values: [bad]}]}]");
    assertThat(ask(twice("good", "bad"), null).allowed()).isFalse();
    assertThat(ask(twice("bad", "good"), null).allowed()).isFalse();
    assertThat(ask(twice("good", "fine"), null).allowed()).isTrue();
    policies.clear();
    policy("p", "rules: [{when: [{key: 'request.headers[x]', values: [good, fine]}]}]");
    assertThat(ask(twice("good", "bad"), null).allowed()).isFalse();
    assertThat(ask(twice("bad", "good"), null).allowed()).isFalse();
    assertThat(ask(twice("good", "fine"), null).allowed()).isTrue();
    policies.clear();
    policy("p", "rules: [{when: [{key: 'request.headers[x]', notValues: [bad]}]}]");
    assertThat(ask(twice("good", "bad"), null).allowed()).isFalse();
    assertThat(ask(twice("good", "fine"), null).allowed()).isTrue();
    policies.clear();
    policy("p", "action: DENY\nrules: [{when: [{key: 'request.headers[x]', notValues: [ok]}]}]");
    assertThat(ask(twice("ok", "bad"), null).allowed()).isFalse();
    assertThat(ask(twice("ok", "ok"), null).allowed()).isFalse();
    assertThat(ask(TestHead.get("/"), null).allowed()).isFalse();
  }

  @Test
  void presenceOfAHeader() {
    policy("p", "rules: [{when: [{key: 'request.headers[x]', values: ['*']}]}]");
    assertThat(ask(TestHead.get("/").header("x", "\u00e9"), null).allowed()).isTrue();
    assertThat(ask(TestHead.get("/"), null).allowed()).isFalse();
  }

  // ---- when something is wrong

  @Test
  void aPolicyThatCannotBeRead_denies_andSaysWhy() {
    policy("all", "rules: [{}]");
    policies.add(
        (AuthorizationPolicy)
            AuthorizationPolicy.denying(
                    Map.of("metadata", Map.of("name", "new", "namespace", "default")),
                    "spec.shiny: unknown")
                .spec());
    Decision.Refuse refuse = ask(TestHead.get("/"), SHOP).refuse();
    assertThat(refuse.status()).isEqualTo(403);
    assertThat(refuse.rule()).isEqualTo("AuthorizationPolicy default/new rule[0]");
    assertThat(refuse.details()).contains("spec.shiny: unknown");
  }

  @Test
  void anErrorOfOurs_denies() {
    policy("p", "rules: [" + to("methods: [GET]") + "]");
    InboundHead broken =
        new InboundHead() {
          @Override
          public String method() {
            throw new IllegalStateException("broken");
          }

          @Override
          public String target() {
            return "/";
          }

          @Override
          public @Nullable String query() {
            return null;
          }

          @Override
          public @Nullable String authority() {
            return null;
          }

          @Override
          public List<String> header(String name) {
            return List.of();
          }

          @Override
          public byte @Nullable [] source() {
            return null;
          }
        };
    Authorization decided = authorizer(8080).authorize(new InboundRequest(broken, SHOP), false);
    assertThat(decided.allowed()).isFalse();
    assertThat(decided.error()).hasMessage("broken");
    assertThat(decided.refuse().status()).isEqualTo(403);
  }

  @Test
  void whatIsAllowedIsTheVerySameObject() {
    policy("p", "rules: [" + to("paths: ['/api/*']") + "]");
    Authorizer authorizer = authorizer(8080);
    assertThat(authorizer.authorize(TestHead.get("/api/1").by(SHOP), false))
        .isSameAs(authorizer.authorize(TestHead.get("/api/2").by(SHOP), false));
  }

  private static TestHead twice(String first, String second) {
    return TestHead.get("/").header("x", first).header("x", second);
  }

  private static String to(String operation) {
    return "{to: [{operation: {" + operation + "}}]}";
  }

  private void policy(String name, String spec) {
    policies.add(TestPolicy.authorization("default", name, spec));
  }

  private void tried(String name, String spec) {
    policies.add(
        TestPolicy.authorization("default", name, spec, Map.of("istio.io/dry-run", "true")));
  }

  private Authorization ask(TestHead head, @Nullable Peer peer) {
    return authorizer(8080).authorize(head.by(peer), false);
  }

  private Authorizer authorizer(int port) {
    return Authorizer.compile(policies, "default", ORDERS, port);
  }
}

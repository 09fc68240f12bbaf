package dev.weft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.admin.TestAdmin;
import dev.weft.coordinator.yaml.Yaml;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Policy: apply, get, delete, diff, rollback, explain, check. */
class PolicyCommandsTest extends AbstractWeftTest {
  private static final String STRICT =
      """
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata:
        name: strict-orders
      spec:
        selector: {matchLabels: {app: orders}}
        mtls: {mode: STRICT}
        portLevelMtls: {8080: {mode: DISABLE}}
      """;

  @Test
  void applyGetDelete() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8080, TlsMode.STRICT));
    Result applied = weft("apply", "-f", file("strict.yaml", STRICT));
    assertThat(applied.err()).isEmpty();
    assertThat(applied.out())
        .isEqualTo(
            "PeerAuthentication default/strict-orders created\nrevision "
                + admin.store.current().revision()
                + "\n");
    assertThat(applied.code()).isZero();
    assertThat(weft("apply", "-f", file("strict.yaml", STRICT)).out())
        .isEqualTo(
            "PeerAuthentication default/strict-orders unchanged\nnothing changed, still revision "
                + admin.store.current().revision()
                + "\n");

    assertThat(weft("get", "peerauthentications").out())
        .isEqualTo(
            """
            NAME            MODE                  SELECTOR     AGE
            strict-orders   STRICT 8080:DISABLE   app=orders   12h
            """);
    assertThat(weft("get", "pa", "strict-orders", "-n", "default").out()).contains("app=orders");
    assertThat(weft("get", "PeerAuthentication", "-A").out())
        .startsWith("NAMESPACE   NAME            MODE ")
        .contains("\ndefault     strict-orders   STRICT");
    assertThat(weft("get", "pa", "-n", "prod"))
        .isEqualTo(new Result(0, "", "no peerauthentications in namespace prod\n"));

    assertThat(weft("delete", "peerauthentication", "strict-orders").out())
        .isEqualTo("PeerAuthentication default/strict-orders deleted\n");
    assertThat(weft("delete", "pa", "strict-orders"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: PeerAuthentication default/strict-orders: name: strict-orders (expected: the"
                    + " name of a resource that exists)\n"));
  }

  private static final String TRAFFIC =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: orders-v2}
      spec:
        selector: {app: orders, version: v2}
        ports: [{name: http, port: 80, targetPort: 8080}, {name: alt, port: 8080}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: canary}
      spec:
        parentRefs: [{group: "", kind: Service, name: orders, port: 80}]
        rules: [{backendRefs: [{name: orders-v2, port: 80}]}]
      ---
      apiVersion: gateway.envoyproxy.io/v1alpha1
      kind: BackendTrafficPolicy
      metadata: {name: orders}
      spec:
        targetRefs:
        - {group: "", kind: Service, name: orders-v2, sectionName: http}
        - {group: gateway.networking.k8s.io, kind: HTTPRoute, name: canary}
        retry: {numRetries: 1}
      ---
      apiVersion: weft.dev/v1alpha1
      kind: MeshService
      metadata: {name: orders}
      spec: {hosts: [orders.internal], addresses: ["10.0.0.7:8080"]}
      """;

  @Test
  void kindsOfTraffic() throws Exception {
    assertThat(weft("get", "svc"))
        .isEqualTo(
            new Result(
                0,
                "",
                "no services in namespace default; `weft services` shows what has registered\n"));
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    Result applied = weft("apply", "-f", file("traffic.yaml", TRAFFIC));
    assertThat(applied.code()).isZero();
    String missing = "has no instances (app default/orders with {version=v2})";
    assertThat(applied.err().lines())
        .containsExactly(
            "warning: Service default/orders-v2 " + missing,
            "warning: HTTPRoute default/canary rules[0].backendRefs[0]: Service default/orders-v2 "
                + missing
                + "; its share is answered with an error",
            "warning: BackendTrafficPolicy default/orders targetRefs: Service default/orders-v2 "
                + missing);

    assertThat(weft("get", "services").out())
        .isEqualTo(
            """
            NAME        PORT(S)        SELECTOR                AGE
            orders-v2   80→8080,8080   app=orders,version=v2   12h
            """);
    assertThat(weft("get", "httproutes").out())
        .isEqualTo(
            """
            NAME     PARENTS             RULES   RESOLVED   AGE
            canary   service/orders:80   1       False      12h
            """);
    assertThat(weft("get", "btp", "-A").out())
        .isEqualTo(
            """
            NAMESPACE   NAME     TARGETS                                   AGE
            default     orders   service/orders-v2/http,httproute/canary   12h
            """);
    assertThat(weft("get", "msvc", "orders").out())
        .isEqualTo(
            """
            NAME     SERVICE   EGRESS   HOSTS             ADDRESSES       AGE
            orders   orders    -        orders.internal   10.0.0.7:8080   12h
            """);
    Result again = weftWithInput(weft("get", "httproute", "-o", "yaml").out(), "apply", "-f", "-");
    assertThat(again.out()).contains("HTTPRoute default/canary unchanged");
    assertThat(weft("delete", "HTTPRoute", "canary").out())
        .isEqualTo("HTTPRoute default/canary deleted\n");
  }

  @Test
  void explains() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    admin.agents.add(TestAdmin.agent("shop", List.of()));
    weft("apply", "-f", file("traffic.yaml", TRAFFIC));
    Result explained = weft("explain", "shop", "GET", "http://orders/7", "-H", "X-A: b");
    assertThat(explained.err()).isEmpty();
    assertThat(explained.out())
        .startsWith(
            """
            outcome   routed
            service   default/orders:80 (by name)
            rule      default/canary[0]
            """)
        .contains("\nretry     ")
        .contains("RULE ")
        .contains("default/canary[0]   PathPrefix /   yes\n")
        .contains("BACKEND ")
        .contains("default/orders-v2:80   100 % ");
    assertThat(weft("explain", "shop", "GET", "https://example.com/").out())
        .isEqualTo(
            """
            outcome   passed
            why       the TLS inside an https:// call is the application's own
            """);
    assertThat(weft("explain", "shop", "GET", "http://orders/", "-o", "json").out())
        .startsWith("{\"source\":\"default/shop\",\"method\":\"GET\",");
    assertThat(weft("explain", "shpo", "GET", "http://orders/"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: source: default/shpo (expected: a service that has joined, or that a token"
                    + " or a Service names; did you mean default/shop?)\n"));
    admin.others.add("10.0.0.2:7471");
    Result elsewhere = weft("explain", "shpo", "GET", "http://orders/");
    assertThat(elsewhere.code()).isZero();
    assertThat(elsewhere.err())
        .startsWith("warning: source: nothing called default/shpo is known to this coordinator;");
    assertThat(weft("explain", "a/b/c", "GET", "http://orders/"))
        .isEqualTo(
            new Result(
                2,
                "",
                "error: source: a/b/c (expected: the service that calls, as namespace/name or, in"
                    + " default, name)\n"));
  }

  @Test
  void checksWhatIsInForce() throws Exception {
    assertThat(weft("check", "-A"))
        .isEqualTo(new Result(0, "", "0 checked, no errors, no warnings\n"));
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    weft("apply", "-f", file("traffic.yaml", TRAFFIC));
    Result checked = weft("check");
    assertThat(checked.code()).isZero();
    assertThat(checked.err()).isEqualTo("4 checked, no errors, 3 warnings\n");
    assertThat(checked.out())
        .contains(
            "warning: Service default/orders-v2: has no instances (app default/orders with"
                + " {version=v2})\n");
    assertThat(weft("check", "--failure-threshold", "warning").code()).isEqualTo(1);
    assertThat(weft("check", "-n", "prod").err()).isEqualTo("0 checked, no errors, no warnings\n");

    admin.instances.add(TestAdmin.instance("orders", "v2", 8080, TlsMode.STRICT));
    assertThat(weft("check", "--failure-threshold", "warning"))
        .isEqualTo(new Result(0, "", "4 checked, no errors, no warnings\n"));
  }

  @Test
  void checksWhatGoesPastTheMesh() {
    admin.agents.add(TestAdmin.agent("shop", List.of()));
    String listens =
        "warning: shop listens on port 9090 through io.grpc.netty.NettyServer, which the mesh does"
            + " not reach\n";
    assertThat(weft("check").out()).as("it calls nobody of the mesh").isEqualTo(listens);
    admin.instances.add(TestAdmin.instance("payments", "v1", 8080, TlsMode.STRICT));
    assertThat(weft("check").out())
        .isEqualTo(
            "warning: shop calls payments.default:8080 through io.netty.bootstrap.Bootstrap, which"
                + " the mesh does not reach\n"
                + listens);
    assertThat(weft("check", "-n", "prod").out()).isEmpty();
  }

  @Test
  void checksFiles_andAsksNobody() throws Exception {
    environment.put("WEFT_ADMIN", "http://127.0.0.1:1");
    Path folder = Files.createDirectories(directory.resolve("checked/below"));
    Files.writeString(folder.resolve("a.yaml"), TRAFFIC);
    String parent = folder.getParent().toString();
    assertThat(weft("check", "-f", parent).err())
        .isEqualTo("error: " + parent + ": a folder without .yaml, .yml or .json files\n");
    assertThat(weft("check", "-f", parent, "-R"))
        .isEqualTo(new Result(0, "", "4 checked, no errors, no warnings\n"));

    String bad = TRAFFIC.replace("numRetries: 1", "numRetries: many");
    Result checked = weftWithInput(bad + "---\n" + STRICT + "---\n" + STRICT, "check", "-f", "-");
    assertThat(checked.code()).isEqualTo(1);
    assertThat(checked.out().lines())
        .containsExactly(
            "error: stdin document 2: BackendTrafficPolicy default/orders: spec.retry.numRetries:"
                + " many (expected: a whole number from 0 to 10)",
            "error: stdin document 5: PeerAuthentication default/strict-orders: is in stdin"
                + " document 4 already");
    assertThat(checked.err()).isEqualTo("6 checked, 2 errors, no warnings\n");
    assertThat(weftWithInput(bad, "check", "-f", "-", "-o", "json").out())
        .startsWith("{\"checked\":4,\"findings\":[{\"level\":\"error\",")
        .contains("\"where\":\"stdin document 2\"");
  }

  @Test
  void whatGetPrints_canBeApplied() throws Exception {
    weft("apply", "-f", file("strict.yaml", STRICT));
    weft("apply", "-f", file("all.yaml", policy("all", "PERMISSIVE")));
    for (String form : List.of("yaml", "json", "JSON")) {
      String printed = weft("get", "pa", "-o", form).out();
      Result again = weftWithInput(printed, "apply", "-f", "-");
      assertThat(again.out())
          .endsWith("nothing changed, still revision " + admin.store.current().revision() + "\n");
      assertThat(again.out()).contains("strict-orders unchanged").contains("all unchanged");
    }
    assertThat(Yaml.read(weft("get", "pa", "all", "-o", "yaml").out()))
        .containsExactly(admin.store.current().get("PeerAuthentication/default/all").tree());
  }

  @Test
  void aFolder_aNamespace_andADryRun() throws Exception {
    Path folder = Files.createDirectories(directory.resolve("policy"));
    Files.writeString(
        folder.resolve("1.yaml"), policy("a", "STRICT") + "---\n" + policy("b", "STRICT"));
    Files.writeString(
        folder.resolve("2.json"),
        new String(Json.bytes(Yaml.read(policy("c", "STRICT")).get(0)), UTF_8));
    Files.writeString(folder.resolve("README.md"), "not policy");
    Result dry = weft("apply", "-f", folder.toString(), "-n", "prod", "--dry-run");
    assertThat(dry.out())
        .isEqualTo(
            """
            PeerAuthentication prod/a created (dry run)
            PeerAuthentication prod/b created (dry run)
            PeerAuthentication prod/c created (dry run)
            """);
    assertThat(dry.err())
        .contains("warning: PeerAuthentication prod/b has no effect beside the older");
    assertThat(admin.store.current().all()).isEmpty();
    assertThat(weft("apply", "-f", folder.toString(), "-n", "prod", "-o", "json").out())
        .contains("\"changed\":true");
    assertThat(admin.store.current().all()).hasSize(3);
    assertThat(weft("delete", "-f", folder.toString(), "-n", "prod").out())
        .contains("prod/a deleted")
        .contains("prod/c deleted");
    assertThat(admin.store.current().all()).isEmpty();
  }

  /** A policy that concerns nobody, a port that nobody has, callers that do not exist. */
  private static final String HOLES =
      """
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata: {name: typo}
      spec:
        selector: {matchLabels: {app: ordrs}}
        mtls: {mode: STRICT}
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: only-shop}
      spec:
        selector: {matchLabels: {app: orders}}
        rules:
        - from: [{source: {principals: [cluster.local/ns/default/sa/shpo]}}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: ported}
      spec:
        parentRefs: [{group: "", kind: Service, name: orders}]
        rules: [{backendRefs: [{name: orders, port: 8088}]}]
      """;

  @Test
  void applyAndCheckSeeTheClassicHoles() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8080, TlsMode.STRICT));
    admin.agents.add(TestAdmin.agent("shop", List.of()));
    Result applied = weft("apply", "-f", file("holes.yaml", HOLES));
    assertThat(applied.code()).as("what is warned of may come yet").isZero();
    Result checked = weft("check");
    assertThat(checked.code()).isZero();
    for (String hole :
        List.of(
            "PeerAuthentication default/typo%s concerns nobody (yet): no instance of namespace"
                + " default has registered with {app=ordrs}; did you mean default/orders?",
            "AuthorizationPolicy default/only-shop%s rule[0]: no service default/shpo is known"
                + " (yet); did you mean default/shop?",
            "HTTPRoute default/ported%s rules[0].backendRefs[0]: Service default/orders has no port"
                + " 8088: no instance has it (they have 8080); its share is answered with an"
                + " error")) {
      assertThat(applied.err()).contains("warning: " + hole.formatted("") + "\n");
      assertThat(checked.out()).contains("warning: " + hole.formatted(":") + "\n");
    }
    assertThat(weft("get", "httproutes").out()).contains("ported   service/orders   1       False");
    weft("apply", "-f", file("right.yaml", HOLES.replace("8088", "8080")));
    assertThat(weft("get", "httproutes").out()).contains("ported   service/orders   1       True");
  }

  @Test
  void deleteAndRollback_sayWhatTheyBreak() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8080, TlsMode.STRICT));
    admin.instances.add(TestAdmin.instance("orders", "v2", 8080, TlsMode.STRICT));
    long empty = admin.store.current().revision();
    assertThat(weft("apply", "-f", file("traffic.yaml", TRAFFIC)).err()).isEmpty();
    long good = admin.store.current().revision();
    String broken =
        "warning: HTTPRoute default/canary rules[0].backendRefs[0]: Service default/orders-v2 does"
            + " not exist (yet): nothing has registered under this name, and no Service defines"
            + " it; its share is answered with an error\n";
    Result tried = weft("delete", "service", "orders-v2", "--dry-run");
    assertThat(tried.out()).isEqualTo("Service default/orders-v2 deleted (dry run)\n");
    assertThat(tried.err())
        .contains(broken)
        .contains("warning: BackendTrafficPolicy default/orders targetRefs: Service default/");
    assertThat(admin.store.current().revision()).isEqualTo(good);

    Result deleted = weft("delete", "service", "orders-v2");
    assertThat(deleted.code()).isZero();
    assertThat(deleted.err()).contains(broken);
    assertThat(weft("rollback", Long.toString(good)).err()).isEmpty();

    // What takes the route with it breaks nothing.
    assertThat(weft("rollback", Long.toString(empty), "--dry-run").err()).isEmpty();
    weft("delete", "-f", file("traffic.yaml", TRAFFIC));
    String route = TRAFFIC.substring(TRAFFIC.indexOf("---") + 4);
    long before = admin.store.current().revision();
    weft("apply", "-f", file("service.yaml", TRAFFIC.substring(0, TRAFFIC.indexOf("---"))));
    weft("apply", "-f", file("route.yaml", route));
    assertThat(weft("rollback", Long.toString(before + 1)).err()).isEmpty();
    weft("apply", "-f", file("route.yaml", route));
    Result gone = weft("delete", "-f", directory.resolve("service.yaml").toString(), "--dry-run");
    assertThat(gone.err()).contains(broken);
  }

  @Test
  void aRollbackThatTakesAServiceFromUnderARoute_warns() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v2", 8080, TlsMode.STRICT));
    String route = TRAFFIC.substring(TRAFFIC.indexOf("---") + 4);
    weft("apply", "-f", file("route.yaml", route));
    long without = admin.store.current().revision();
    weft("apply", "-f", file("traffic.yaml", TRAFFIC));
    assertThat(weft("rollback", Long.toString(without), "--dry-run").err())
        .contains("warning: HTTPRoute default/canary rules[0].backendRefs[0]: Service default/");
  }

  @Test
  void deletingAFile_isOneRevision_andCalledSo() throws Exception {
    weft("apply", "-f", file("traffic.yaml", TRAFFIC));
    long before = admin.store.current().revision();
    admin.audit.clear();
    String more = file("more.yaml", TRAFFIC + "---\n" + policy("never", "STRICT"));
    Result deleted = weft("delete", "-f", more);
    assertThat(deleted.code()).as("one of them is not there").isEqualTo(1);
    assertThat(deleted.err())
        .isEqualTo(
            "error: "
                + more
                + " document 4: PeerAuthentication default/never: name: never (expected: the name"
                + " of a resource that exists)\n");
    assertThat(deleted.out().lines()).hasSize(4).allMatch(line -> line.endsWith(" deleted"));
    assertThat(admin.store.current().all()).isEmpty();
    assertThat(admin.store.current().revision()).isEqualTo(before + 1);
    assertThat(weft("revisions", "--limit", "1").out()).contains("delete: 4 deleted");
    assertThat(admin.audit).extracting(entry -> entry.action()).containsExactly("config.deleted");
    weft("apply", "-f", file("a.yaml", policy("a", "STRICT")));
    admin.audit.clear();
    weft("delete", "pa", "a");
    assertThat(admin.audit).extracting(entry -> entry.action()).containsExactly("config.deleted");
  }

  @Test
  void errorsNameTheFileTheFieldTheValueAndWhatWasExpected() throws Exception {
    String good = file("good.yaml", policy("good", "STRICT"));
    String bad = file("bad.yaml", policy("x", "STRICT") + "---\n" + policy("y", "STRCT"));
    Result result = weft("apply", "-f", good, "-f", bad);
    assertThat(result)
        .isEqualTo(
            new Result(
                1,
                "",
                "error: "
                    + bad
                    + " document 1: PeerAuthentication default/y: spec.mtls.mode: STRCT (expected: one"
                    + " of UNSET, DISABLE, PERMISSIVE, STRICT)\n"));
    assertThat(admin.store.current().all()).isEmpty();

    assertThat(weft("apply", "-f", file("broken.yaml", "a: [")).err())
        .startsWith("error: " + directory.resolve("broken.yaml") + " document 0: while parsing");
    assertThat(weft("apply", "-f", directory.resolve("none.yaml").toString()))
        .isEqualTo(
            new Result(1, "", "error: " + directory.resolve("none.yaml") + ": no such file\n"));
    assertThat(weft("apply", "-f", file("empty.yaml", "# nothing\n")).err())
        .isEqualTo("error: " + directory.resolve("empty.yaml") + ": no resources in there\n");
    assertThat(weft("apply", "-f", file("text.yaml", "hello")).err())
        .contains("document: hello (expected: an object with");
    assertThat(
            weft(
                    "apply",
                    "-n",
                    "prod",
                    "-f",
                    file(
                        "ns.yaml",
                        policy("a", "STRICT").replace("name: a", "name: a\n  namespace: other")))
                .err())
        .contains("metadata.namespace: other (expected: prod, as -n says)");
    assertThat(weft("delete", "-f", good).code()).isEqualTo(1);
  }

  @Test
  void diff() throws Exception {
    weft("apply", "-f", file("a.yaml", policy("a", "STRICT")));
    String changed = file("changed.yaml", policy("a", "DISABLE"));
    Result result = weft("diff", "-f", changed);
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .startsWith(
            "--- PeerAuthentication default/a (stored)\n+++ PeerAuthentication default/a (given)\n")
        .contains("\n-     mode: STRICT\n+     mode: DISABLE\n")
        .contains("\n    name: a\n");
    assertThat(weft("diff", "-f", changed, "--exit-code").code()).isEqualTo(1);
    assertThat(weft("diff", "-f", file("a.yaml", policy("a", "STRICT")), "--exit-code"))
        .isEqualTo(new Result(0, "", ""));
  }

  @Test
  void revisionsAndRollback() throws Exception {
    weft("apply", "-f", file("a.yaml", policy("a", "STRICT")));
    long good = admin.store.current().revision();
    weft("delete", "pa", "a");
    assertThat(weft("revisions", "--limit", "2").out())
        .matches(
            "(?s)REVISION   TIME                   AUTHOR +CHANGE\n"
                + (good + 1)
                + " +2026-01-01T00:00:00Z +admin/tester +delete: 1 deleted\n"
                + good
                + " +2026-01-01T00:00:00Z +admin/tester +apply: 1 created\n");
    assertThat(weft("rollback", Long.toString(good), "--dry-run").out())
        .isEqualTo("PeerAuthentication default/a created (dry run)\n");
    assertThat(weft("rollback", Long.toString(good)).out())
        .isEqualTo("PeerAuthentication default/a created\nrevision " + (good + 2) + "\n");
    assertThat(weft("rollback", "99999"))
        .satisfies(
            result -> {
              assertThat(result.code()).isEqualTo(1);
              assertThat(result.err())
                  .startsWith("error: revision: 99999 (expected: a revision from ");
            });
  }
}

package dev.weft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.CaAdmin;
import dev.weft.coordinator.admin.AdminOptions;
import dev.weft.coordinator.admin.AdminServer;
import dev.weft.coordinator.admin.TestAdmin;
import dev.weft.coordinator.yaml.Yaml;
import dev.weft.policy.TlsMode;
import dev.weft.wire.EdgeReport;
import dev.weft.wire.Json;
import dev.weft.wire.LatencyBounds;
import dev.weft.wire.Message;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Commands as they are typed, against a real admin server. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WeftTest {
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

  private Path directory;
  private TestAdmin admin;
  private final Map<String, String> environment = new HashMap<>();

  private record Result(int code, String out, String err) {}

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    this.directory = directory;
    admin = new TestAdmin(directory.resolve("home"));
  }

  @AfterAll
  void stop() throws Exception {
    admin.close();
  }

  @BeforeEach
  void clear() throws Exception {
    admin.store.rollback("test", 0, false);
    admin.instances.clear();
    admin.agents.clear();
    admin.tokens.clear();
    admin.authority.reset();
    environment.clear();
    environment.put("WEFT_HOME", admin.home.toString());
    environment.put("WEFT_ADMIN", admin.server.address());
  }

  // ---- policy

  @Test
  void applyGetDelete() throws Exception {
    Result applied = weft("apply", "-f", file("strict.yaml", STRICT));
    assertThat(applied.err).isEmpty();
    assertThat(applied.out)
        .isEqualTo(
            "PeerAuthentication default/strict-orders created\nrevision "
                + admin.store.current().revision()
                + "\n");
    assertThat(applied.code).isZero();
    assertThat(weft("apply", "-f", file("strict.yaml", STRICT)).out)
        .isEqualTo(
            "PeerAuthentication default/strict-orders unchanged\nnothing changed, still revision "
                + admin.store.current().revision()
                + "\n");

    assertThat(weft("get", "peerauthentications").out)
        .isEqualTo(
            """
            NAME            MODE                  SELECTOR     AGE
            strict-orders   STRICT 8080:DISABLE   app=orders   12h
            """);
    assertThat(weft("get", "pa", "strict-orders", "-n", "default").out).contains("app=orders");
    assertThat(weft("get", "PeerAuthentication", "-A").out)
        .startsWith("NAMESPACE   NAME            MODE ")
        .contains("\ndefault     strict-orders   STRICT");
    assertThat(weft("get", "pa", "-n", "prod"))
        .isEqualTo(new Result(0, "", "no peerauthentications in namespace prod\n"));

    assertThat(weft("delete", "peerauthentication", "strict-orders").out)
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
    assertThat(applied.code).isZero();
    String missing = "has no instances (app default/orders with {version=v2})";
    assertThat(applied.err.lines())
        .containsExactly(
            "warning: Service default/orders-v2 " + missing,
            "warning: HTTPRoute default/canary rules[0].backendRefs[0]: Service default/orders-v2 "
                + missing
                + "; its share is answered with an error",
            "warning: BackendTrafficPolicy default/orders targetRefs: Service default/orders-v2 "
                + missing);

    assertThat(weft("get", "services").out)
        .isEqualTo(
            """
            NAME        PORT(S)        SELECTOR                AGE
            orders-v2   80→8080,8080   app=orders,version=v2   12h
            """);
    assertThat(weft("get", "httproutes").out)
        .isEqualTo(
            """
            NAME     PARENTS             RULES   RESOLVED   AGE
            canary   service/orders:80   1       False      12h
            """);
    assertThat(weft("get", "btp", "-A").out)
        .isEqualTo(
            """
            NAMESPACE   NAME     TARGETS                                   AGE
            default     orders   service/orders-v2/http,httproute/canary   12h
            """);
    assertThat(weft("get", "msvc", "orders").out)
        .isEqualTo(
            """
            NAME     SERVICE   EGRESS   HOSTS             ADDRESSES       AGE
            orders   orders    -        orders.internal   10.0.0.7:8080   12h
            """);
    Result again = weftWithInput(weft("get", "httproute", "-o", "yaml").out, "apply", "-f", "-");
    assertThat(again.out).contains("HTTPRoute default/canary unchanged");
    assertThat(weft("delete", "HTTPRoute", "canary").out)
        .isEqualTo("HTTPRoute default/canary deleted\n");
  }

  @Test
  void explains() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    weft("apply", "-f", file("traffic.yaml", TRAFFIC));
    Result explained = weft("explain", "shop", "GET", "http://orders/7", "-H", "X-A: b");
    assertThat(explained.err).isEmpty();
    assertThat(explained.out)
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
    assertThat(weft("explain", "shop", "GET", "https://example.com/").out)
        .isEqualTo(
            """
            outcome   passed
            why       the TLS inside an https:// call is the application's own
            """);
    assertThat(weft("explain", "shop", "GET", "http://orders/", "-o", "json").out)
        .startsWith("{\"source\":\"default/shop\",\"method\":\"GET\",");
    assertThat(weft("explain", "a/b/c", "GET", "http://orders/"))
        .isEqualTo(
            new Result(
                1,
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
    assertThat(checked.code).isZero();
    assertThat(checked.err).isEqualTo("4 checked, no errors, 3 warnings\n");
    assertThat(checked.out)
        .contains(
            "warning: Service default/orders-v2: has no instances (app default/orders with"
                + " {version=v2})\n");
    assertThat(weft("check", "--failure-threshold", "warning").code).isEqualTo(1);
    assertThat(weft("check", "-n", "prod").err).isEqualTo("0 checked, no errors, no warnings\n");

    admin.instances.add(TestAdmin.instance("orders", "v2", 8082, TlsMode.STRICT));
    assertThat(weft("check", "--failure-threshold", "warning"))
        .isEqualTo(new Result(0, "", "4 checked, no errors, no warnings\n"));
  }

  @Test
  void checksFiles_andAsksNobody() throws Exception {
    environment.put("WEFT_ADMIN", "http://127.0.0.1:1");
    Path folder = Files.createDirectories(directory.resolve("checked/below"));
    Files.writeString(folder.resolve("a.yaml"), TRAFFIC);
    String parent = folder.getParent().toString();
    assertThat(weft("check", "-f", parent).err)
        .isEqualTo("error: " + parent + ": a folder without .yaml, .yml or .json files\n");
    assertThat(weft("check", "-f", parent, "-R"))
        .isEqualTo(new Result(0, "", "4 checked, no errors, no warnings\n"));

    String bad = TRAFFIC.replace("numRetries: 1", "numRetries: many");
    Result checked = weftWithInput(bad + "---\n" + STRICT + "---\n" + STRICT, "check", "-f", "-");
    assertThat(checked.code).isEqualTo(1);
    assertThat(checked.out.lines())
        .containsExactly(
            "error: stdin document 2: BackendTrafficPolicy default/orders: spec.retry.numRetries:"
                + " many (expected: a whole number from 0 to 10)",
            "error: stdin document 5: PeerAuthentication default/strict-orders: is in stdin"
                + " document 4 already");
    assertThat(checked.err).isEqualTo("6 checked, 2 errors, no warnings\n");
    assertThat(weftWithInput(bad, "check", "-f", "-", "-o", "json").out)
        .startsWith("{\"checked\":4,\"findings\":[{\"level\":\"error\",")
        .contains("\"where\":\"stdin document 2\"");
  }

  @Test
  void whatGetPrints_canBeApplied() throws Exception {
    weft("apply", "-f", file("strict.yaml", STRICT));
    weft("apply", "-f", file("all.yaml", policy("all", "PERMISSIVE")));
    for (String form : List.of("yaml", "json", "JSON")) {
      String printed = weft("get", "pa", "-o", form).out;
      Result again = weftWithInput(printed, "apply", "-f", "-");
      assertThat(again.out)
          .endsWith("nothing changed, still revision " + admin.store.current().revision() + "\n");
      assertThat(again.out).contains("strict-orders unchanged").contains("all unchanged");
    }
    assertThat(Yaml.read(weft("get", "pa", "all", "-o", "yaml").out))
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
    assertThat(dry.out)
        .isEqualTo(
            """
            PeerAuthentication prod/a created (dry run)
            PeerAuthentication prod/b created (dry run)
            PeerAuthentication prod/c created (dry run)
            """);
    assertThat(dry.err)
        .contains("warning: PeerAuthentication prod/b has no effect beside the older");
    assertThat(admin.store.current().all()).isEmpty();
    assertThat(weft("apply", "-f", folder.toString(), "-n", "prod", "-o", "json").out)
        .contains("\"changed\":true");
    assertThat(admin.store.current().all()).hasSize(3);
    assertThat(weft("delete", "-f", folder.toString(), "-n", "prod").out)
        .contains("prod/a deleted")
        .contains("prod/c deleted");
    assertThat(admin.store.current().all()).isEmpty();
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

    assertThat(weft("apply", "-f", file("broken.yaml", "a: [")).err)
        .startsWith("error: " + directory.resolve("broken.yaml") + " document 0: while parsing");
    assertThat(weft("apply", "-f", directory.resolve("none.yaml").toString()))
        .isEqualTo(
            new Result(1, "", "error: " + directory.resolve("none.yaml") + ": no such file\n"));
    assertThat(weft("apply", "-f", file("empty.yaml", "# nothing\n")).err)
        .isEqualTo("error: " + directory.resolve("empty.yaml") + ": no resources in there\n");
    assertThat(weft("apply", "-f", file("text.yaml", "hello")).err)
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
                .err)
        .contains("metadata.namespace: other (expected: prod, as -n says)");
    assertThat(weft("delete", "-f", good).code).isEqualTo(1);
  }

  @Test
  void diff() throws Exception {
    weft("apply", "-f", file("a.yaml", policy("a", "STRICT")));
    String changed = file("changed.yaml", policy("a", "DISABLE"));
    Result result = weft("diff", "-f", changed);
    assertThat(result.code).isZero();
    assertThat(result.out)
        .startsWith(
            "--- PeerAuthentication default/a (stored)\n+++ PeerAuthentication default/a (given)\n")
        .contains("\n-     mode: STRICT\n+     mode: DISABLE\n")
        .contains("\n    name: a\n");
    assertThat(weft("diff", "-f", changed, "--exit-code").code).isEqualTo(1);
    assertThat(weft("diff", "-f", file("a.yaml", policy("a", "STRICT")), "--exit-code"))
        .isEqualTo(new Result(0, "", ""));
  }

  @Test
  void revisionsAndRollback() throws Exception {
    weft("apply", "-f", file("a.yaml", policy("a", "STRICT")));
    long good = admin.store.current().revision();
    weft("delete", "pa", "a");
    assertThat(weft("revisions", "--limit", "2").out)
        .matches(
            "(?s)REVISION   TIME                   AUTHOR +CHANGE\n"
                + (good + 1)
                + " +2026-01-01T00:00:00Z +admin/tester +apply: 1 deleted\n"
                + good
                + " +2026-01-01T00:00:00Z +admin/tester +apply: 1 created\n");
    assertThat(weft("rollback", Long.toString(good), "--dry-run").out)
        .isEqualTo("PeerAuthentication default/a created (dry run)\n");
    assertThat(weft("rollback", Long.toString(good)).out)
        .isEqualTo("PeerAuthentication default/a created\nrevision " + (good + 2) + "\n");
    assertThat(weft("rollback", "99999"))
        .satisfies(
            result -> {
              assertThat(result.code).isEqualTo(1);
              assertThat(result.err)
                  .startsWith("error: revision: 99999 (expected: a revision from ");
            });
  }

  // ---- registry and tokens

  @Test
  void servicesInstancesAgents() throws Exception {
    assertThat(weft("services").err).isEqualTo("no services in namespace default\n");
    assertThat(weft("agents", "-A").err).isEqualTo("no agents\n");
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    admin.instances.add(TestAdmin.instance("orders", "v2", 8082, TlsMode.PERMISSIVE));
    admin.agents.add(TestAdmin.agent("shop", List.of("PeerAuthentication/default/x: too new")));
    assertThat(weft("services").out)
        .isEqualTo(
            """
            NAME     READY   VERSIONS   PORTS       MTLS
            orders   2/2     v1,v2      8081,8082   PERMISSIVE,STRICT
            """);
    assertThat(weft("services", "-A").out).startsWith("NAMESPACE   NAME ");
    assertThat(weft("services", "orders").out)
        .isEqualTo(
            """
            INSTANCE    STATE   VERSION   ADDRESS          MTLS         RULE      AGE
            orders-v1   READY   v1        127.0.0.1:8081   STRICT       default   12h
            orders-v2   READY   v2        127.0.0.1:8082   PERMISSIVE   default   12h
            """);
    assertThat(weft("services", "orders", "-o", "json").out).contains("\"rule\":\"default\"");
    assertThat(weft("instances", "--service", "orders").out)
        .contains("orders    orders-v1   READY   v1        127.0.0.1:8081   STRICT       12h\n");
    assertThat(weft("get", "instances", "-n", "prod").err)
        .isEqualTo("no instances in namespace prod\n");
    Result agents = weft("agents");
    assertThat(agents.out)
        .isEqualTo(
            """
            SERVICE   INSTANCE   AGENT   REMOTE           POLICY            WOVEN        CERT   AGE
            shop      shop-1     0.1.0   127.0.0.1:4711   behind (6 of 7)   tomcat-9.0   12h    12h
            """);
    assertThat(agents.err)
        .isEqualTo(
            """
            warning: shop shop-1: not woven: jetty-12: version 13 is not known
            warning: shop shop-1: did not understand PeerAuthentication/default/x: too new
            """);
    assertThat(weft("services", "nope").err)
        .isEqualTo(
            "error: service: default/nope (expected: a service with at least one instance)\n");
  }

  @Test
  void tokens() throws Exception {
    Result created = weft("token", "create", "--service", "orders", "--ttl", "12h", "--uses", "3");
    assertThat(created.out).as("the token alone").isEqualTo("weft1.ca.id1.secret\n");
    assertThat(created.err).isEqualTo("token id1 for default/orders, until 2026-01-01T12:00:00Z\n");
    weft("token", "create", "--service", "shop", "-n", "prod");
    assertThat(weft("token", "list").out)
        .isEqualTo(
            """
            ID    NAMESPACE   SERVICE   EXPIRES                USES LEFT
            id1   default     orders    2026-01-01T12:00:00Z   3
            id2   prod        shop      2026-01-31T00:00:00Z   any
            """);
    assertThat(weft("token", "revoke", "id1").out).isEqualTo("token id1 revoked\n");
    assertThat(weft("token", "revoke", "id1"))
        .isEqualTo(new Result(1, "", "error: id: id1 (expected: the id of a token)\n"));
    assertThat(weft("token", "create", "--service", "orders", "--ttl", "soon"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: ttl: soon (expected: a duration from 1m to 366d, such as 30d, 12h or 15m)\n"));
  }

  // ---- the certificate authority

  @Test
  void caStatus() {
    Result stable = weft("ca", "status");
    assertThat(stable.err).isEmpty();
    assertThat(stable.out.lines().toList()).hasSize(4);
    assertThat(stable.out)
        .startsWith("STABLE\nsigner CN=Weft intermediate ")
        .contains(", until 2027-01-01T00:00:00Z\nROOT ")
        .containsPattern(
            "CN=Weft root [0-9a-f]{16},O=weft.internal +SIGNING +2035-12-30T00:00:00Z"
                + " +[0-9a-f]{64}\n");

    assertThat(weft("ca", "rotate").code).isZero();
    admin.authority.progress.add(
        new CaAdmin.Progress("a", true, 3, 2, List.of("default/orders at 127.0.0.1:4711")));
    admin.authority.progress.add(new CaAdmin.Progress("b", false, 9, 9, List.of()));
    Result distributing = weft("ca", "status");
    assertThat(distributing.out)
        .startsWith(
            "DISTRIBUTING since 2026-01-01T00:00:00Z: 2 of 3 agents trust both roots; missing"
                + " default/orders at 127.0.0.1:4711; 1 of 2 coordinators have not answered yet\n")
        .contains(" SIGNING ")
        .contains(" NEXT ");

    admin.authority.progress.clear();
    admin.authority.progress.add(new CaAdmin.Progress("a", true, 3, 1, List.of()));
    admin.authority.advance(Duration.ofMinutes(1));
    assertThat(weft("ca", "status").out)
        .startsWith(
            "SIGNING since 2026-01-01T00:01:00Z: 1 of 3 agents have certificates of the new root;"
                + " they renew until 2026-01-01T02:25:00Z\n");
    admin.authority.advance(Duration.ofHours(3));
    assertThat(weft("ca", "status").out)
        .startsWith(
            "RETIRING since 2026-01-01T03:01:00Z: 1 of 3 agents have certificates of the new root;"
                + " until 2026-01-02T03:01:00Z at the latest\n")
        .contains(" RETIRING ");
    admin.authority.advance(Duration.ofMinutes(1));
    assertThat(weft("ca", "status").out)
        .startsWith("STABLE since 2026-01-01T03:02:00Z\n")
        .contains(" PINNED ");
  }

  @Test
  void caRotate() {
    Result rotate = weft("ca", "rotate");
    assertThat(rotate)
        .isEqualTo(
            new Result(
                0,
                """
                the root of the certificate authority rotates:
                  DISTRIBUTING  every agent is told to trust the new root as well
                  SIGNING       certificates come from the new root, one by one
                  RETIRING      until none is left that the old root signed
                  STABLE        the old root is trusted no more
                `weft ca status` shows where it stands
                """,
                ""));
    assertThat(weft("ca", "rotate"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: phase: DISTRIBUTING since 2026-01-01T00:00:00Z (expected: STABLE; a"
                    + " rotation is under way)\n"));
    assertThat(weft("ca", "status", "-o", "json").out).startsWith("{\"phase\":\"DISTRIBUTING\"");
    assertThat(weft("ca", "status", "-o", "yaml").out).startsWith("phase: DISTRIBUTING\n");
  }

  @Test
  void caRotateThatWaits_followsItToItsEnd() {
    admin.authority.advanceAtEachLook(Duration.ofHours(3));
    Result waited = weft("ca", "rotate", "--wait");
    assertThat(waited.code).isZero();
    assertThat(waited.out.lines().filter(line -> !line.startsWith("  ")).toList())
        .hasSize(5)
        .satisfiesExactly(
            line -> assertThat(line).endsWith("rotates:"),
            line -> assertThat(line).startsWith("DISTRIBUTING since "),
            line -> assertThat(line).startsWith("SIGNING since "),
            line -> assertThat(line).startsWith("RETIRING since "),
            line -> assertThat(line).startsWith("STABLE since "));

    admin.authority.reset();
    admin.authority.advanceAtEachLook(Duration.ofHours(3));
    Result json = weft("ca", "rotate", "--wait", "-o", "json");
    assertThat(json.out.lines().toList()).hasSize(1);
    assertThat(json.out).startsWith("{\"phase\":\"STABLE\"");
    assertThat(json.err).contains("DISTRIBUTING since ");
  }

  // ---- the way there

  @Test
  void notReachable() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    environment.put("WEFT_ADMIN", "http://127.0.0.1:" + free + "/");
    assertThat(weft("services"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: coordinator not reachable at http://127.0.0.1:"
                    + free
                    + ": start it with `weft coordinator`, or say where it is with WEFT_ADMIN\n"));
    environment.put("WEFT_ADMIN", "127.0.0.1:7470");
    assertThat(weft("services").err)
        .isEqualTo("error: WEFT_ADMIN: 127.0.0.1:7470 (expected: http://HOST:PORT)\n");
  }

  @Test
  void edges_andTop() {
    assertThat(weft("edges")).isEqualTo(new Result(0, "", "no traffic has been reported\n"));
    List<Long> buckets = new ArrayList<>(Collections.nCopies(LatencyBounds.BUCKETS, 0L));
    buckets.set(3, 100L);
    admin.topology.report(
        "default/shop",
        "a",
        new Message.Report(
            List.of(
                new EdgeReport(
                    true,
                    "default/orders",
                    true,
                    Map.of(200, 98L, 503, 2L),
                    Map.of("destination_unavailable", 2L),
                    7,
                    buckets)),
            List.of(),
            ""));
    assertThat(weft("edges").out)
        .isEqualTo(
            """
            SOURCE         DESTINATION      RPS   SUCCESS   P50     P99     MTLS   REQUESTS   RETRIES
            default/shop   default/orders   0.0   98.00%    3.8ms   5.0ms   100%   100        7
            """);
    assertThat(weft("edges", "orders").out).contains("default/orders");
    assertThat(weft("edges", "billing").err).isEqualTo("no traffic has been reported of billing\n");
    assertThat(weft("edges", "-o", "json").out).contains("\"destination_unavailable\":2");
    assertThat(weft("top", "--once").out).contains("default/orders   0.0   -         -");
  }

  @Test
  void strict_listsWhomItCutsOff() throws Exception {
    admin.topology.report(
        "default/orders",
        "a",
        new Message.Report(
            List.of(),
            List.of(new Message.Plaintext("10.0.0.9", 12, TestAdmin.NOW.toEpochMilli())),
            ""));
    Result dryRun = weft("strict", "orders", "--dry-run");
    assertThat(dryRun.out)
        .contains("called default/orders without mesh TLS:\nSOURCE     REQUESTS   LAST SEEN\n")
        .contains("10.0.0.9   12 ")
        .contains("PeerAuthentication default/orders created (dry run)");
    assertThat(weft("get", "pa").err).contains("no ");
    assertThat(weft("strict", "orders").out).contains("PeerAuthentication default/orders created");
    assertThat(weft("get", "pa", "orders", "-o", "yaml").out).contains("mode: STRICT");
    assertThat(weft("strict", "orders").out).contains("nothing changed");
    assertThat(weft("strict", "billing").out)
        .startsWith("nobody has called default/billing without mesh TLS\n");
    Path file = directory.resolve("strict.yaml");
    Files.writeString(
        file,
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: all}
        spec: {mtls: {mode: STRICT}}
        """);
    assertThat(weft("apply", "-f", file.toString()).err)
        .contains("cuts off who calls default/orders without mesh TLS: 10.0.0.9 (12 requests");
  }

  @Test
  void theToken() throws Exception {
    environment.put("WEFT_HOME", directory.resolve("elsewhere").toString());
    Result missing = weft("services");
    assertThat(missing.code).isEqualTo(1);
    assertThat(missing.err)
        .startsWith(
            "error: admin token: " + directory.resolve("elsewhere/admin-token") + " is missing");
    environment.put("WEFT_ADMIN_TOKEN", "x".repeat(43));
    assertThat(weft("services").err)
        .startsWith("error: admin token: refused by the coordinator at ")
        .endsWith("it was taken from WEFT_ADMIN_TOKEN)\n");
    environment.put("WEFT_ADMIN_TOKEN", admin.token());
    assertThat(weft("services").code).isZero();
  }

  @Test
  void tls_withACertificateOfItsOwn() throws Exception {
    AdminOptions.Tls tls = certificate(directory, "dns:localhost,ip:127.0.0.1");
    try (AdminServer server = admin.start(new AdminOptions("127.0.0.1", 0, admin.home, tls))) {
      environment.put("WEFT_ADMIN", server.address());
      assertThat(server.address()).startsWith("https://127.0.0.1:");
      assertThat(weft("services").err)
          .startsWith("error: no TLS with " + server.address())
          .contains("WEFT_ADMIN_CA");
      environment.put("WEFT_ADMIN_CA", tls.certificate().toString());
      assertThat(weft("services"))
          .isEqualTo(new Result(0, "", "no services in namespace default\n"));
      environment.put("WEFT_ADMIN", "https://localhost:" + server.port());
      assertThat(weft("services").code).isZero();
    }
    environment.put("WEFT_ADMIN_CA", directory.resolve("none").toString());
    assertThat(weft("services").err).startsWith("error: WEFT_ADMIN_CA: ");
  }

  /** As an operator would make one, by keytool; the key as PKCS#8 PEM. */
  private static AdminOptions.Tls certificate(Path directory, String names) throws Exception {
    Path store = directory.resolve("admin.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=admin",
                "-ext",
                "san=" + names,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    return new AdminOptions.Tls(
        pem(directory.resolve("admin.pem"), "CERTIFICATE", keys.getCertificate("a").getEncoded()),
        pem(
            directory.resolve("admin.key"),
            "PRIVATE KEY",
            keys.getKey("a", "changeit".toCharArray()).getEncoded()));
  }

  private static Path pem(Path file, String type, byte[] der) throws Exception {
    return Files.writeString(
        file,
        "-----BEGIN "
            + type
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + type
            + "-----\n");
  }

  @Test
  void usage() {
    for (String[] args :
        List.of(
            new String[] {},
            new String[] {"nope"},
            new String[] {"get"},
            new String[] {"get", "foo"},
            new String[] {"get", "pa", "-o", "xml"},
            new String[] {"get", "pa", "-n", "Bad"},
            new String[] {"get", "pa", "x", "-A"},
            new String[] {"get", "agents", "x"},
            new String[] {"apply"},
            new String[] {"delete"},
            new String[] {"delete", "pa"},
            new String[] {"delete", "pa", "x", "-f", "y"},
            new String[] {"token"},
            new String[] {"token", "create"},
            new String[] {"ca"},
            new String[] {"ca", "rotate", "now"},
            new String[] {"rollback", "x"},
            new String[] {"coordinator", "--admin", "7470"},
            new String[] {"coordinator", "--mesh", "::1:7471"},
            new String[] {"coordinator", "--admin-tls-cert", "x"})) {
      Result result = weft(args);
      assertThat(result.code).as(String.join(" ", args)).isEqualTo(2);
      assertThat(result.out).isEmpty();
      assertThat(result.err).startsWith("error: ").doesNotContain("\tat ");
    }
  }

  static List<String> commands() {
    List<String> names = new ArrayList<>();
    CommandLine line = new CommandLine(new Weft(null), new Factory());
    collect(line, "", names);
    return names;
  }

  private static void collect(CommandLine line, String prefix, List<String> names) {
    names.add(prefix);
    line.getSubcommands()
        .forEach(
            (name, sub) -> {
              if (!name.equals("help")) {
                collect(sub, (prefix + " " + name).strip(), names);
              }
            });
  }

  /** Makes commands that are not run. */
  private static final class Factory implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Terminal.class).newInstance((Terminal) null);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp_withExamples(String command) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.removeIf(String::isEmpty);
    args.add("--help");
    Result result = weft(args.toArray(String[]::new));
    assertThat(result.code).isZero();
    assertThat(result.err).isEmpty();
    assertThat(result.out).startsWith("Usage: weft" + (command.isEmpty() ? "" : " " + command));
    if (!command.isEmpty()) {
      assertThat(result.out).contains("Examples:").contains("weft " + command);
    }
    assertThat(result.out.lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void version() {
    assertThat(weft("version").out).startsWith("weft ");
    assertThat(weft("--version").out).isEqualTo(weft("version").out);
  }

  // ---- helpers

  private Result weft(String... args) {
    return weftWithInput("", args);
  }

  private Result weftWithInput(String input, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Terminal terminal =
        new Terminal(
            environment,
            Map.of("user.name", "tester"),
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            new PrintWriter(out),
            new PrintWriter(err),
            InstantSource.fixed(TestAdmin.NOW.plus(Duration.ofHours(12))));
    int code = Weft.execute(terminal, args);
    return new Result(code, out.toString(), err.toString());
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private static String policy(String name, String mode) {
    return """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %s
        spec:
          mtls: {mode: %s}
        """
        .formatted(name, mode);
  }
}

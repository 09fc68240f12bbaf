package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.coordinator.admin.TestAdmin;
import dev.weft.policy.TlsMode;
import dev.weft.wire.EdgeReport;
import dev.weft.wire.LatencyBounds;
import dev.weft.wire.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is in the mesh, and what is seen of it. */
class MeshCommandsTest extends AbstractWeftTest {
  @Test
  void servicesInstancesAgents() throws Exception {
    assertThat(weft("services").err()).isEqualTo("no services in namespace default\n");
    assertThat(weft("agents", "-A").err()).isEqualTo("no agents\n");
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    admin.instances.add(TestAdmin.instance("orders", "v2", 8082, TlsMode.PERMISSIVE));
    admin.agents.add(TestAdmin.agent("shop", List.of("PeerAuthentication/default/x: too new")));
    assertThat(weft("services").out())
        .isEqualTo(
            """
            NAME     READY   VERSIONS   PORTS       MTLS
            orders   2/2     v1,v2      8081,8082   PERMISSIVE,STRICT
            """);
    assertThat(weft("services", "-A").out()).startsWith("NAMESPACE   NAME ");
    assertThat(weft("services", "orders").out())
        .isEqualTo(
            """
            INSTANCE    STATE   VERSION   ADDRESS         MTLS         RULE      AGE
            orders-v1   READY   v1        10.0.0.7:8081   STRICT       default   12h
            orders-v2   READY   v2        10.0.0.7:8082   PERMISSIVE   default   12h
            """);
    assertThat(weft("services", "orders", "-o", "json").out()).contains("\"rule\":\"default\"");
    assertThat(weft("instances", "--service", "orders").out())
        .contains("orders    orders-v1   READY   v1        10.0.0.7:8081   STRICT       12h\n");
    assertThat(weft("get", "instances", "-n", "prod").err())
        .isEqualTo("no instances in namespace prod\n");
    Result agents = weft("agents");
    assertThat(agents.out())
        .isEqualTo(
            """
            SERVICE   INSTANCE   AGENT   REMOTE           POLICY            WOVEN               CERT   AGE
            shop      shop-1     0.1.0   127.0.0.1:4711   behind (6 of 7)   tomcat-9.0,okhttp   12h    12h
            """);
    assertThat(agents.err())
        .isEqualTo(
            """
            warning: shop shop-1: okhttp: okhttp 6.1.0 (tested: 3.14 to 5.5)
            warning: shop shop-1: not woven: jetty-12: version 13 is not known
            warning: shop shop-1: port 9090 through io.grpc.netty.NettyServer, which the mesh does not reach
            warning: shop shop-1: db.example:5432 through org.postgresql.core.PGStream, which the mesh does not reach
            warning: shop shop-1: payments.default:8080 through io.netty.bootstrap.Bootstrap, which the mesh does not reach
            warning: shop shop-1: did not understand PeerAuthentication/default/x: too new
            """);
    assertThat(weft("services", "nope").err())
        .isEqualTo(
            "error: service: default/nope (expected: a service with at least one instance)\n");
  }

  @Test
  void tokens() throws Exception {
    Result created = weft("token", "create", "--service", "orders", "--ttl", "12h", "--uses", "3");
    assertThat(created.out()).as("the token alone").isEqualTo("weft1.ca.id1.secret\n");
    assertThat(created.err())
        .isEqualTo("token id1 for default/orders, until 2026-01-01T12:00:00Z\n");
    weft(
        "token", "create", "--service", "shop", "-n", "prod", "--addresses", "10.8.0.0/16,fd00::7");
    assertThat(weft("token", "list").out())
        .isEqualTo(
            """
            ID    NAMESPACE   SERVICE   EXPIRES                USES LEFT   ADDRESSES
            id1   default     orders    2026-01-01T12:00:00Z   3           its own
            id2   prod        shop      2026-01-31T00:00:00Z   any         10.8.0.0/16,fd00::7
            """);
    assertThat(weft("token", "revoke", "id1").out()).isEqualTo("token id1 revoked\n");
    assertThat(weft("token", "revoke", "id1"))
        .isEqualTo(
            new Result(1, "", "error: id: id1 (expected: the id of a token, or its beginning)\n"));
    assertThat(weft("token", "create", "--service", "orders", "-n", "weft-system").err())
        .isEqualTo("error: namespace: weft-system (expected: another one; it is the mesh's own)\n");
    assertThat(weft("token", "create", "--service", "orders", "--ttl", "soon"))
        .isEqualTo(
            new Result(
                2,
                "",
                "error: ttl: soon (expected: a duration from 1m to 366d, such as 30d, 12h or 15m)\n"));
  }

  @Test
  void edges_andTop() {
    assertThat(weft("edges")).isEqualTo(new Result(0, "", "no traffic has been reported\n"));
    List<Long> buckets = new ArrayList<>(Collections.nCopies(LatencyBounds.BUCKETS, 0L));
    buckets.set(3, 100L);
    admin.topology.report(
        "default/shop",
        "a",
        "",
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
    assertThat(weft("edges").out())
        .isEqualTo(
            """
            SOURCE         DESTINATION      RPS   SUCCESS   P50     P99     MTLS   REQUESTS   RETRIES
            default/shop   default/orders   0.0   98.00%    3.8ms   5.0ms   100%   100        7
            """);
    assertThat(weft("edges", "orders").out()).contains("default/orders");
    assertThat(weft("edges", "billing").err())
        .isEqualTo("no traffic has been reported of billing\n");
    assertThat(weft("edges", "-o", "json").out()).contains("\"destination_unavailable\":2");
    assertThat(weft("edges", "orders", "-o", "json").out())
        .contains("\"destination_unavailable\":2");
    assertThat(weft("edges", "billing", "-o", "json").out())
        .contains("\"edges\":[]")
        .doesNotContain("default/orders");
    assertThat(weft("top", "--once").out()).contains("default/orders   0.0   -         -");
  }

  @Test
  void strict_listsWhomItCutsOff() throws Exception {
    admin.topology.report(
        "default/orders",
        "a",
        "",
        new Message.Report(
            List.of(),
            List.of(new Message.Plaintext("10.0.0.9", 12, TestAdmin.NOW.toEpochMilli())),
            ""));
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.PERMISSIVE));
    admin.agents.add(TestAdmin.agent("billing", List.of()));
    Result dryRun = weft("strict", "orders", "--dry-run");
    assertThat(dryRun.out())
        .contains("called default/orders without mesh TLS:\nSOURCE     REQUESTS   LAST SEEN\n")
        .contains("10.0.0.9   12 ")
        .contains("PeerAuthentication default/orders created (dry run)");
    assertThat(weft("get", "pa").err()).contains("no ");
    assertThat(weft("strict", "orders").out())
        .contains("PeerAuthentication default/orders created");
    assertThat(weft("get", "pa", "orders", "-o", "yaml").out()).contains("mode: STRICT");
    assertThat(weft("strict", "orders").out()).contains("nothing changed");
    assertThat(weft("strict", "billing").out())
        .startsWith("nobody has called default/billing without mesh TLS\n");
    assertThat(weft("strict", "ordrs"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: NAME: default/ordrs (expected: a service that has joined, or that a token"
                    + " or a Service names; did you mean default/orders? To close one before it is"
                    + " there, apply a PeerAuthentication)\n"));
    weft("delete", "pa", "orders");
    Path file = directory.resolve("strict.yaml");
    Files.writeString(
        file,
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: all}
        spec: {mtls: {mode: STRICT}}
        """);
    assertThat(weft("apply", "-f", file.toString()).err())
        .contains("cuts off who calls default/orders without mesh TLS: 10.0.0.9 (12 requests");
  }

  /** Plaintext calls came to orders v1 alone. */
  @Test
  void whoIsCutOff_isToldByAllLabelsOfTheSelector_andByWhatIsInForce() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.PERMISSIVE));
    admin.instances.add(TestAdmin.instance("orders", "v2", 8081, TlsMode.PERMISSIVE));
    admin.topology.report(
        "default/orders",
        "orders-v1",
        "",
        new Message.Report(
            List.of(),
            List.of(new Message.Plaintext("10.0.0.9", 12, TestAdmin.NOW.toEpochMilli())),
            ""));
    String cut = "cuts off who calls default/orders without mesh TLS: 10.0.0.9 (";
    assertThat(strict("{app: orders, version: v1}").err()).contains(cut);
    assertThat(strict("{app: orders, version: v2}").err()).isEmpty();
    assertThat(strict("{version: v2}").err()).isEmpty();
    assertThat(strict("{app.kubernetes.io/name: shop}").err()).doesNotContain("cuts off");
    assertThat(strict("{}").err()).contains(cut);
    weft(
        "apply",
        "-f",
        file(
            "open.yaml",
            policy("open", "PERMISSIVE")
                .replace("spec:", "spec:\n  selector: {matchLabels: {app: orders}}")));
    assertThat(strict("{}").err()).as("the narrower one keeps it open").isEmpty();
  }

  @Test
  void whatIsOpenAfterwards_isToldWhenAPolicyGoes() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.PERMISSIVE));
    admin.instances.add(TestAdmin.instance("payments", "v1", 8082, TlsMode.PERMISSIVE));
    String allow =
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: %s}
        spec:
          selector: {matchLabels: {app: orders}}
          rules: [{from: [{source: {namespaces: [default]}}]}]
        """;
    weft("apply", "-f", file("a.yaml", allow.formatted("a") + "---\n" + allow.formatted("b")));
    weft("apply", "-f", file("strict.yaml", policy("strict", "STRICT")));

    assertThat(weft("delete", "AuthorizationPolicy", "a").err()).as("another is left").isEmpty();
    String open = "default/orders lets in everybody who is not denied: no AuthorizationPolicy";
    assertThat(weft("delete", "AuthorizationPolicy", "b", "--dry-run").err()).contains(open);
    assertThat(weft("apply", "-f", file("b.yaml", allow.formatted("b").replace("orders", "other"))))
        .satisfies(moved -> assertThat(moved.err()).contains(open));

    assertThat(weft("delete", "PeerAuthentication", "strict").err())
        .contains("default/orders accepts plaintext at port 8081 (PERMISSIVE, ")
        .contains("default/payments accepts plaintext at port 8082 (PERMISSIVE, ");
  }

  private Result strict(String selector) throws Exception {
    String spec = "spec:\n  selector: {matchLabels: %s}".formatted(selector);
    return weft(
        "apply",
        "--dry-run",
        "-f",
        file("closed.yaml", policy("closed", "STRICT").replace("spec:", spec)));
  }

  @Test
  void revokesWhatIsThere_andNoTypingErrors() throws Exception {
    admin.agents.add(TestAdmin.agent("shop", List.of())); // with certificate a1b2c3
    weft("token", "create", "--service", "orders");
    assertThat(weft("certificate", "revoke", "--service", "ordrs"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: service: default/ordrs (expected: a service that has joined, or that a"
                    + " token or a Service names; did you mean default/orders? If nobody here has"
                    + " heard of it and it is right, revoke it with force)\n"));
    assertThat(weft("certificate", "revoke", "--service", "shop").code()).isZero();
    assertThat(weft("certificate", "revoke", "--service", "orders").out())
        .as("it has a token, and is not connected")
        .isEqualTo("certificates of default/orders revoked\n");
    assertThat(weft("certificate", "revoke", "--service", "ordrs", "--force").code()).isZero();

    Result unknown = weft("certificate", "revoke", "--serial", "abcd");
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).startsWith("error: serial: abcd (expected: that of a certificate");
    assertThat(weft("certificate", "revoke", "--serial", "abcd", "--force").code()).isZero();
    for (String serial : List.of("a1b2c3", "A1:B2:C3", "a1b2…", "a1b...", "00a1b2c3")) {
      assertThat(weft("certificate", "revoke", "--serial", serial))
          .as(serial)
          .isEqualTo(new Result(0, "certificate a1b2c3 revoked\n", ""));
    }
    admin.audit.add(
        new AuditView.Entry(
            0,
            "certificate.issued",
            "token x",
            "spiffe://weft.internal/ns/prod/sa/gone",
            Map.of("serial", "a1b2ff")));
    assertThat(weft("certificate", "revoke", "--serial", "a1b2…").err())
        .isEqualTo(
            "error: serial: a1b2… (expected: more of it; it is the beginning of a1b2c3, a1b2ff)\n");
    assertThat(weft("certificate", "revoke", "--serial", "a1b2ff").code()).isZero();
    assertThat(weft("certificate", "revoke", "--service", "gone", "-n", "prod").code()).isZero();
  }

  @Test
  void idsOfTokens_asTheDocsPrintThem() throws Exception {
    admin.tokens.add(new TokenAdmin.TokenInfo("3fa9c1d2", "default", "a", 1, -1, List.of()));
    admin.tokens.add(new TokenAdmin.TokenInfo("3fb00000", "default", "b", 1, -1, List.of()));
    assertThat(weft("token", "revoke", "3f").err())
        .isEqualTo("error: id: 3f (expected: more of it; it is the beginning of 2 ids)\n");
    assertThat(weft("token", "revoke", "3fa9c1…").out()).isEqualTo("token 3fa9c1d2 revoked\n");
    assertThat(weft("token", "revoke", "…").code()).isEqualTo(1);
    assertThat(admin.tokens).hasSize(1);
  }

  @Test
  void whereThereAreOtherCoordinators_commandsSayWhatTheyLack() throws Exception {
    assertThat(weft("agents").err()).doesNotContain("coordinator");
    weft("token", "create", "--service", "billing");
    assertThat(weft("strict", "billing", "--dry-run").err()).isEmpty();
    admin.others.add("10.0.0.2:7471");
    String warning =
        "warning: only of the agents of this coordinator: ask the admin API (WEFT_ADMIN) of each of"
            + " those whose mesh ports are 10.0.0.2:7471 as well\n";
    assertThat(weft("agents", "-A").err()).startsWith(warning);
    assertThat(weft("edges").err()).startsWith(warning);
    assertThat(weft("top", "--once").err()).isEqualTo(warning);
    assertThat(weft("strict", "billing", "--dry-run").err()).isEqualTo(warning);
    assertThat(weft("agents", "-o", "json").out())
        .contains("\"otherCoordinators\":[\"10.0.0.2:7471\"]");
    Path file = directory.resolve("strict.yaml");
    Files.writeString(file, policy("all", "STRICT"));
    assertThat(weft("apply", "-f", file.toString()).err())
        .contains("is known only of the agents of this coordinator")
        .contains("whose mesh ports are 10.0.0.2:7471 as well");
  }
}

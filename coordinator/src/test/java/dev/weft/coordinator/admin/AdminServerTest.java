package dev.weft.coordinator.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.CaAdmin;
import dev.weft.policy.TlsMode;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The registry, tokens, certificates, the audit log, metrics; and HTTP. */
class AdminServerTest extends AbstractAdminTest {
  @Test
  void servicesAndInstances() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v2", 8082, TlsMode.STRICT));
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.PERMISSIVE));
    admin.instances.add(TestAdmin.instance("shop", "v1", 8080, TlsMode.PERMISSIVE));
    post(
        "/api/v1/apply",
        "application/yaml",
        yaml("v2", "STRICT") + "  selector: {matchLabels: {app: orders, version: v2}}\n");

    assertThat(get("/api/v1/services").items("items"))
        .containsExactly(
            Map.of(
                "namespace",
                "default",
                "name",
                "orders",
                "instances",
                2L,
                "ready",
                2L,
                "versions",
                List.of("v1", "v2"),
                "ports",
                List.of(8081L, 8082L),
                "mtls",
                List.of("PERMISSIVE", "STRICT")),
            Map.of(
                "namespace",
                "default",
                "name",
                "shop",
                "instances",
                1L,
                "ready",
                1L,
                "versions",
                List.of("v1"),
                "ports",
                List.of(8080L),
                "mtls",
                List.of("PERMISSIVE")));
    Answer orders = get("/api/v1/services/default/orders");
    assertThat(orders.items("items").toString())
        .contains("policy=STRICT, rule=PeerAuthentication default/v2")
        .contains("policy=PERMISSIVE, rule=default");
    Answer instances = get("/api/v1/instances?service=orders&limit=1");
    assertThat(instances.at("total")).isEqualTo(2L);
    assertThat(instances.items("items")).extracting(i -> i.get("id")).containsExactly("orders-v1");
    assertThat(get("/api/v1/instances?namespace=prod").items("items")).isEmpty();
  }

  @Test
  void agents() throws Exception {
    admin.agents.add(TestAdmin.agent("shop", List.of("HTTPRoute/default/x: spec.rules: too new")));
    admin.agents.add(TestAdmin.agent("orders", List.of()));
    Answer answer = get("/api/v1/agents");
    assertThat(answer.items("items"))
        .extracting(a -> a.get("service"))
        .containsExactly("orders", "shop");
    Map<String, Object> orders = answer.items("items").get(0);
    assertThat(orders)
        .containsEntry("pushed", 7L)
        .containsEntry("acked", 7L)
        .containsEntry("connected", "2026-01-01T00:00:00Z")
        .containsEntry("certificateExpiry", "2026-01-02T00:00:00Z");
    assertThat(orders.get("woven").toString()).contains("reason=version 13 is not known");
  }

  @Test
  void tokens() throws Exception {
    Answer created =
        post(
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"orders\",\"ttl\":\"12h\",\"uses\":3,\"addresses\":[\"10.8.0.0/16\"]}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.tree())
        .containsEntry("id", "id1")
        .containsEntry("token", "weft1.ca.id1.secret")
        .containsEntry("namespace", "default")
        .containsEntry("expires", "2026-01-01T12:00:00Z")
        .containsEntry("usesLeft", 3L)
        .containsEntry("addresses", List.of("10.8.0.0/16"));
    assertThat(get("/api/v1/tokens").items("items"))
        .containsExactly(
            Map.of(
                "id",
                "id1",
                "namespace",
                "default",
                "service",
                "orders",
                "expires",
                "2026-01-01T12:00:00Z",
                "usesLeft",
                3L,
                "addresses",
                List.of("10.8.0.0/16")));
    assertThat(send("DELETE", "/api/v1/tokens/id1", null, "").status()).isEqualTo(200);
    assertThat(get("/api/v1/tokens").items("items")).isEmpty();
    post("/api/v1/tokens", "application/json", "{\"service\":\"a\"}");
    assertThat(get("/api/v1/tokens").items("items"))
        .extracting(t -> t.get("usesLeft"), t -> t.get("expires"))
        .containsExactly(tuple(-1L, "2026-01-31T00:00:00Z"));
  }

  @Test
  void rotationOfTheRoot() throws Exception {
    admin.authority.reset();
    Answer stable = get("/api/v1/ca");
    assertThat(stable.status()).isEqualTo(200);
    assertThat(stable.at("phase")).isEqualTo("STABLE");
    assertThat(stable.tree().keySet()).containsExactly("phase", "roots", "signer");
    assertThat(stable.items("roots"))
        .singleElement()
        .satisfies(
            root -> {
              assertThat(root.keySet())
                  .containsExactly("name", "fingerprint", "notBefore", "notAfter", "use");
              assertThat(root.get("use")).isEqualTo("SIGNING");
            });

    Answer begun = post("/api/v1/ca/rotate", "application/json", "");
    assertThat(begun.status()).isEqualTo(202);
    assertThat(begun.at("phase")).isEqualTo("DISTRIBUTING");
    assertThat(begun.items("roots"))
        .extracting(root -> root.get("use"))
        .containsExactly("SIGNING", "NEXT");
    Answer again = post("/api/v1/ca/rotate", "application/json", "");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.at("type")).isEqualTo("urn:weft:problem:conflict");
    assertThat((String) again.at("detail")).contains("a rotation is under way");

    admin.authority.progress.add(
        new CaAdmin.Progress("c1", true, 3, 2, List.of("default/orders at 127.0.0.1:4711")));
    admin.authority.progress.add(new CaAdmin.Progress("c2", false, 7, 7, List.of()));
    assertThat(get("/api/v1/ca").at("progress"))
        .isEqualTo(
            Map.of(
                "agents",
                3L,
                "ready",
                2L,
                "missing",
                List.of("default/orders at 127.0.0.1:4711"),
                "coordinators",
                List.of(
                    Map.of("id", "c1", "following", true, "agents", 3L, "ready", 2L),
                    Map.of("id", "c2", "following", false))));
    admin.authority.reset();
  }

  @Test
  void revocations() throws Exception {
    String path = "/api/v1/revocations";
    assertThat(get(path).items("items")).isEmpty();
    Answer unheard = post(path, "application/json", "{\"serial\":\"0A:1B\"}");
    assertThat(unheard.status()).isEqualTo(404);
    Answer one = post(path, "application/json", "{\"serial\":\"0A:1B\",\"force\":true}");
    assertThat(one.status()).isEqualTo(201);
    assertThat(one.tree())
        .containsEntry("serial", "a1b")
        .containsEntry("revoked", "2026-01-01T00:00:00Z");
    Answer all = post(path, "application/json", "{\"service\":\"orders\",\"force\":true}");
    assertThat(all.tree()).containsEntry("namespace", "default").containsEntry("service", "orders");
    assertThat(get(path).items("items"))
        .extracting(item -> item.get("serial"), item -> item.get("service"))
        .containsExactly(tuple("a1b", null), tuple(null, "orders"));
    assertThat(admin.audit)
        .filteredOn(entry -> entry.action().equals("certificate.revoked"))
        .extracting(AuditView.Entry::subject)
        .containsExactly("certificates of default/orders", "certificate a1b");
  }

  @Test
  void unavailable() throws Exception {
    Answer answer = post("/api/v1/tokens", "application/json", "{\"service\":\"unavailable\"}");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("retry-after")).isEqualTo("5");
    assertThat(answer.at("detail")).isEqualTo("ZooKeeper cannot be reached");
  }

  @Test
  void withoutZooKeeper_readsGoOn_writesAreRefused() throws Exception {
    TestAdmin whole = admin;
    try (TestAdmin own = new TestAdmin(directory.resolve("alone"))) {
      admin = own;
      post("/api/v1/apply", "application/yaml", yaml("a", "STRICT"));
      own.loseZooKeeper();

      Answer apply = post("/api/v1/apply", "application/yaml", yaml("a", "DISABLE"));
      assertThat(apply.status()).isEqualTo(503);
      assertThat(apply.header("retry-after")).isEqualTo("5");
      assertThat(apply.at("type")).isEqualTo("urn:weft:problem:unavailable");
      assertThat((String) apply.at("detail")).startsWith("ZooKeeper cannot be reached");
      assertThat(send("DELETE", PA + "a", null, "").status()).isEqualTo(503);
      assertThat(get(PA + "a").tree().toString()).contains("STRICT");
      assertThat(get("/healthz").status()).isEqualTo(200);
      assertThat(get("/readyz").status()).isEqualTo(503);
      assertThat(get("/metrics").text()).contains("weft_zookeeper_connected 0\n");
    } finally {
      admin = whole;
    }
  }

  @Test
  void audit() throws Exception {
    post("/api/v1/apply", "application/yaml", yaml("a", "STRICT"));
    Answer answer = get("/api/v1/audit?limit=1");
    assertThat(answer.items("items"))
        .extracting(e -> e.get("action"), e -> e.get("actor"))
        .containsExactly(tuple("config.applied", "admin"));
  }

  @Test
  void metrics() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.STRICT));
    post("/api/v1/apply", "application/yaml", yaml("a", "STRICT"));
    get("/api/v1/namespaces/default/pa/a");
    get("/nope/" + System.nanoTime());
    Answer answer = get("/metrics");
    assertThat(answer.header("content-type")).startsWith("text/plain; version=0.0.4");
    assertThat(answer.text().lines())
        .contains(
            "weft_coordinator_instances{state=\"READY\"} 1",
            "weft_coordinator_instances{state=\"DRAINING\"} 0",
            "weft_coordinator_services 1",
            "weft_coordinator_agents 0",
            "weft_config_revision " + admin.store.current().revision(),
            "weft_config_resources{kind=\"PeerAuthentication\"} 1",
            "weft_zookeeper_connected 1")
        .anyMatch(
            line ->
                line.matches(
                    "weft_admin_requests_total\\{method=\"GET\","
                        + "route=\"/api/v1/namespaces/\\{namespace}/\\{kind}/\\{name}\","
                        + "status=\"200\"} [0-9]+"))
        .anyMatch(line -> line.contains("route=\"none\",status=\"404\""))
        .noneMatch(line -> line.contains("/nope/"))
        .allMatch(line -> line.matches("# (HELP|TYPE) .*|[a-z_]+(\\{.*})? [0-9.]+"));
  }

  @Test
  void openapiDescribesExactlyWhatThereIs() throws Exception {
    Answer answer = get("/openapi.json");
    Map<?, ?> paths = (Map<?, ?>) answer.at("paths");
    TreeSet<String> described = new TreeSet<>();
    TreeSet<String> open = new TreeSet<>();
    Map<String, List<String>> queries = new TreeMap<>();
    paths.forEach(
        (path, operations) ->
            ((Map<?, ?>) operations)
                .forEach(
                    (method, operation) -> {
                      String id = method.toString().toUpperCase(Locale.ROOT) + " " + path;
                      described.add(id);
                      if (((Map<?, ?>) operation).containsKey("security")) {
                        open.add(id);
                      }
                      List<String> query = new ArrayList<>();
                      if (((Map<?, ?>) operation).get("parameters") instanceof List<?> parameters) {
                        for (Object parameter : parameters) {
                          Map<?, ?> p = (Map<?, ?>) parameter;
                          if ("query".equals(p.get("in"))) {
                            query.add((String) p.get("name"));
                          }
                        }
                      }
                      queries.put(id, query);
                    }));
    List<Router.Route> routes =
        new AdminApi(
                admin.store, null, null, null, null, null, InstantSource.system(), nonce -> nonce)
            .router()
            .routes();
    assertThat(described)
        .containsExactlyInAnyOrderElementsOf(
            routes.stream().map(r -> r.method() + " " + r.template()).toList());
    assertThat(open).containsExactly("GET /api/v1/proof", "GET /healthz", "GET /readyz");
    for (Router.Route route : routes) {
      assertThat(queries.get(route.method() + " " + route.template()))
          .as(route.template())
          .containsExactlyInAnyOrderElementsOf(route.query());
    }
  }

  @Test
  void head_isGetWithoutABody() throws Exception {
    Answer answer = send("HEAD", "/api/v1/resources", null, "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text()).isEmpty();
  }

  @Test
  void nothingIsCachedOrSniffed() throws Exception {
    Answer answer = get("/api/v1/resources");
    assertThat(answer.header("cache-control")).isEqualTo("no-store");
    assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
    assertThat(answer.header("server")).isNull();
  }
}

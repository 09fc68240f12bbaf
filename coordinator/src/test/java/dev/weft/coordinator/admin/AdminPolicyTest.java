package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.policy.Dns1123;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Json;
import java.net.URLEncoder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Policy: applied, read, changed, rolled back, explained. */
class AdminPolicyTest extends AbstractAdminTest {
  @Test
  void appliesManyDocuments() throws Exception {
    Answer answer =
        post(
            "/api/v1/apply",
            "application/yaml",
            yaml("a", "STRICT") + "---\n" + yaml("b", "DISABLE"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.at("changed")).isEqualTo(true);
    assertThat(answer.at("dryRun")).isEqualTo(false);
    assertThat(answer.at("revision")).isEqualTo(admin.store.current().revision());
    assertThat(answer.items("resources"))
        .extracting(r -> r.get("document"), r -> r.get("name"), r -> r.get("action"))
        .containsExactly(tuple(0L, "a", "created"), tuple(1L, "b", "created"));
    assertThat(answer.items("resources").get(1).get("warnings").toString())
        .as("a is as old, and comes first")
        .contains("has no effect beside the older PeerAuthentication default/a");

    Answer again = post("/api/v1/apply", "application/yaml", yaml("a", "STRICT"));
    assertThat(again.at("changed")).isEqualTo(false);
    assertThat(again.items("resources"))
        .extracting(r -> r.get("action"))
        .containsExactly("unchanged");
    assertThat(again.at("revision")).isEqualTo(answer.at("revision"));
    assertThat(admin.audit).hasSize(1);
    assertThat(admin.audit.get(0).action()).isEqualTo("config.applied");
    assertThat(admin.audit.get(0).details())
        .containsEntry("created", "PeerAuthentication/default/a PeerAuthentication/default/b");
  }

  @Test
  void appliesJson_anArray_andWhatKubectlPrints() throws Exception {
    String one = json("a", "STRICT");
    assertThat(post("/api/v1/apply", "application/json", one).status()).isEqualTo(200);
    assertThat(
            post(
                    "/api/v1/apply",
                    "application/json; charset=UTF-8",
                    "[" + json("b", "STRICT") + "]")
                .status())
        .isEqualTo(200);
    Answer list =
        post(
            "/api/v1/apply",
            "application/json",
            "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{},\"items\":["
                + one
                + ","
                + json("c", "STRICT")
                + "]}");
    assertThat(list.items("resources"))
        .extracting(r -> r.get("action"))
        .containsExactly("unchanged", "created");
    assertThat(get("/api/v1/resources").items("items"))
        .extracting(r -> ((Map<?, ?>) r.get("metadata")).get("name"))
        .isEqualTo(List.of("a", "b", "c"));
  }

  private static final String ROUTE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: canary}
      spec:
        parentRefs: [{group: "", kind: Service, name: orders}]
        rules:
        - backendRefs: [{name: orders-v1, weight: 95}, {name: orders-v2, weight: 5}]
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: orders-v1}
      spec: {selector: {app: orders, version: v1}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: orders-v2}
      spec: {selector: {app: orders, version: v2}}
      """;

  @Test
  void aRouteIsAcceptedBeforeItsBackendsAreThere_andSaysSo() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.PERMISSIVE));
    Answer applied = post("/api/v1/apply", "application/yaml", ROUTE);
    assertThat(applied.status()).isEqualTo(200);
    String missing =
        "rules[0].backendRefs[1]: Service default/orders-v2 has no instances (app default/orders"
            + " with {version=v2}); its share is answered with an error";
    assertThat(applied.items("resources").get(0).get("warnings")).isEqualTo(List.of(missing));
    assertThat(applied.items("resources").get(1).get("warnings")).isEqualTo(List.of());

    String path = "/api/v1/namespaces/default/httproutes/canary";
    assertThat(get(path).at("status").toString())
        .contains("type=Accepted, status=True, reason=Accepted")
        .contains("type=ResolvedRefs, status=False, reason=BackendNotFound, message=" + missing);

    admin.instances.add(TestAdmin.instance("orders", "v2", 8082, TlsMode.PERMISSIVE));
    assertThat(get(path).at("status").toString())
        .as("worked out when it is read")
        .contains("type=ResolvedRefs, status=True, reason=ResolvedRefs");
    assertThat(get("/api/v1/resources?kind=HTTPRoute").items("items").get(0)).containsKey("status");
    assertThat(get("/api/v1/resources?kind=svc").items("items").get(0)).doesNotContainKey("status");
    Answer again =
        post("/api/v1/apply", "application/json", new String(Json.bytes(get(path).tree()), UTF_8));
    assertThat(again.at("changed")).as("status is not stored").isEqualTo(false);
  }

  private Answer explain(String destination, String more) throws Exception {
    return get(
        "/api/v1/explain?source=shop&destination=" + URLEncoder.encode(destination, UTF_8) + more);
  }

  @Test
  void explainsWhereARequestWouldGo() throws Exception {
    admin.instances.add(TestAdmin.instance("orders", "v1", 8081, TlsMode.PERMISSIVE));
    admin.instances.add(TestAdmin.instance("orders", "v2", 8082, TlsMode.PERMISSIVE));
    admin.agents.add(TestAdmin.agent("shop", List.of()));
    Answer implicit = explain("http://orders/7?a=b", "");
    assertThat(implicit.at("url")).isEqualTo("http://orders/7?a=b");
    assertThat(implicit.at("outcome")).isEqualTo("routed");
    assertThat(implicit.at("by")).isEqualTo("name");
    assertThat(implicit.at("service")).isEqualTo("default/orders");
    assertThat(implicit.items("backends").get(0).get("endpoints").toString())
        .contains("port=8081")
        .contains("port=8082");

    post(
        "/api/v1/apply",
        "application/yaml",
        ROUTE.replace(
            "- backendRefs",
            "- matches: [{method: GET, headers: [{name: x-user, value: ada}]}]\n    backendRefs"));
    Answer matched = explain("orders", "&path=/7&header=X-User:%20ada%0AAccept:%20*/*");
    assertThat(matched.at("rule")).isEqualTo("default/canary[0]");
    assertThat(matched.items("backends"))
        .extracting(b -> b.get("service"), b -> b.get("percent"))
        .containsExactly(tuple("default/orders-v1", 95.0), tuple("default/orders-v2", 5.0));
    assertThat(matched.items("backends").get(0).get("endpoints").toString())
        .contains("port=8081")
        .doesNotContain("port=8082");
    Answer unmatched = explain("orders", "&method=POST");
    assertThat(unmatched.at("rule")).isNull();
    assertThat(unmatched.at("why").toString()).contains("404");
    assertThat(unmatched.items("considered").get(0).get("against").toString()).contains("method");

    post(
        "/api/v1/apply",
        "application/yaml",
        "{apiVersion: weft.dev/v1alpha1, kind: MeshService, metadata: {name: orders, namespace:"
            + " default}, spec: {hosts: [old.example.com], addresses: ['10.9.9.9:80']}}");
    assertThat(explain("http://old.example.com:9999/", "").at("by")).isEqualTo("MeshService");
    assertThat(explain("http://10.9.9.9:80/", "").at("service")).isEqualTo("default/orders");
    Answer address = explain("http://10.0.0.7:8082/", "");
    assertThat(address.at("outcome")).isEqualTo("pinned");
    assertThat(address.at("instance")).isEqualTo("orders-v2");
    for (String foreign :
        List.of(
            "https://orders/",
            "http://example.com.org/",
            "http://nobody/",
            "http://127.0.0.1:8082/")) {
      assertThat(explain(foreign, "").at("outcome")).as(foreign).isEqualTo("passed");
      assertThat(explain(foreign, "").at("why")).as(foreign).isNotNull();
    }

    post(
        "/api/v1/apply",
        "application/yaml",
        """
        {apiVersion: weft.dev/v1alpha1, kind: MeshService,
         metadata: {name: closed, namespace: weft-system}, spec: {egress: REGISTRY_ONLY}}
        ---
        {apiVersion: weft.dev/v1alpha1, kind: MeshService,
         metadata: {name: partner, namespace: weft-system},
         spec: {hosts: ['*.partner.example'], egress: ALLOW}}
        """);
    for (String outside : List.of("https://example.com.org/", "http://example.com.org/")) {
      assertThat(explain(outside, "").at("outcome")).as(outside).isEqualTo("refused");
      assertThat(explain(outside, "").at("why").toString())
          .startsWith("403: ")
          .contains("MeshService weft-system/closed is REGISTRY_ONLY");
    }
    for (String let :
        List.of(
            "https://orders/",
            "https://old.example.com/",
            "https://api.partner.example/",
            "http://127.0.0.1/")) {
      assertThat(explain(let, "").at("outcome")).as(let).isEqualTo("passed");
    }
    assertThat(explain("http://old.example.com/", "").at("outcome")).isEqualTo("routed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "source=&destination=orders",
        "source=a/b/c&destination=orders",
        "source=Shop&destination=orders",
        "source=shop",
        "source=shop&destination=ftp://orders/",
        "source=shop&destination=http://",
        "source=shop&destination=orders&path=7",
        "source=shop&destination=http://orders/7&path=/8",
        "source=shop&destination=orders&method=G%20T",
        "source=shop&destination=orders&header=nothing"
      })
  void cannotExplain(String query) throws Exception {
    Answer answer = get("/api/v1/explain?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.items("errors")).hasSize(1);
  }

  @Test
  void dryRun_showsBeforeAndAfter_andChangesNothing() throws Exception {
    post("/api/v1/apply", "application/yaml", yaml("a", "STRICT"));
    long revision = admin.store.current().revision();
    Answer answer = post("/api/v1/apply?dryRun=true", "application/yaml", yaml("a", "DISABLE"));
    assertThat(answer.at("dryRun")).isEqualTo(true);
    assertThat(answer.at("changed")).isEqualTo(true);
    Map<String, Object> resource = answer.items("resources").get(0);
    assertThat(resource.get("before").toString()).contains("STRICT");
    assertThat(resource.get("after").toString()).contains("DISABLE");
    assertThat(admin.store.current().revision()).isEqualTo(revision);
  }

  @Test
  void aBadDocumentBehindAGoodOne_changesNothing() throws Exception {
    long revision = admin.store.current().revision();
    Answer answer =
        post(
            "/api/v1/apply",
            "application/yaml",
            yaml("good", "STRICT")
                + "---\n"
                + yaml("bad", "STRCT")
                + "---\n"
                + yaml("B_d", "STRICT"));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.at("type")).isEqualTo("urn:weft:problem:invalid-resource");
    assertThat(answer.items("errors"))
        .containsExactly(
            Map.of(
                "document", 1L,
                "resource", "PeerAuthentication/default/bad",
                "path", "spec.mtls.mode",
                "value", "STRCT",
                "expected", "one of UNSET, DISABLE, PERMISSIVE, STRICT"),
            Map.of(
                "document", 2L,
                "resource", "PeerAuthentication/default/B_d",
                "path", "metadata.name",
                "value", "B_d",
                "expected", Dns1123.SUBDOMAIN));
    assertThat(admin.store.current().revision()).isEqualTo(revision);
    assertThat(admin.store.current().all()).isEmpty();
  }

  @Test
  void putGetDelete() throws Exception {
    Answer created = send("PUT", PA + "a", "application/yaml", yaml("a", "STRICT"));
    assertThat(created.status()).isEqualTo(201);
    String etag = created.header("etag");
    assertThat(etag).matches("\"[0-9a-f]{64}\"");

    for (String kind : List.of("PeerAuthentication", "peerauthentication", "pa")) {
      Answer found = get("/api/v1/namespaces/default/" + kind + "/a");
      assertThat(found.status()).isEqualTo(200);
      assertThat(found.header("etag")).isEqualTo(etag);
      assertThat(found.tree()).isEqualTo(created.tree());
    }

    Answer stale =
        send("PUT", PA + "a", "application/yaml", yaml("a", "DISABLE"), "If-Match", "\"other\"");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.items("errors"))
        .containsExactly(
            Map.of(
                "resource", "PeerAuthentication/default/a",
                "path", "etag",
                "value", etag.replace("\"", ""),
                "expected", "one of [other]"));

    Answer replaced =
        send(
            "PUT",
            PA + "a",
            "application/yaml",
            yaml("a", "DISABLE"),
            "If-Match",
            "\"x\", " + etag);
    assertThat(replaced.status()).isEqualTo(200);
    assertThat(replaced.header("weft-action")).isEqualTo("configured");
    assertThat(replaced.header("etag")).isNotEqualTo(etag);

    assertThat(send("DELETE", PA + "a", null, "", "If-Match", etag).status()).isEqualTo(412);
    Answer deleted = send("DELETE", PA + "a", null, "", "If-Match", replaced.header("etag"));
    assertThat(deleted.status()).isEqualTo(200);
    assertThat(deleted.items("resources"))
        .extracting(r -> r.get("action"))
        .containsExactly("deleted");
    assertThat(get(PA + "a").status()).isEqualTo(404);
    assertThat(send("DELETE", PA + "a", null, "").status()).isEqualTo(404);
  }

  @Test
  void preconditions() throws Exception {
    String body = yaml("a", "STRICT");
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-Match", "*").status())
        .isEqualTo(412);
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-None-Match", "*").status())
        .isEqualTo(201);
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-None-Match", "*").status())
        .isEqualTo(412);
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-Match", "*").status())
        .isEqualTo(200);
    String weak = "W/" + get(PA + "a").header("etag");
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-Match", weak).status())
        .as("a weak ETag never matches")
        .isEqualTo(412);
    for (String bad : List.of("abc", "\"a\" b", "\"a")) {
      Answer answer = send("PUT", PA + "a", "application/yaml", body, "If-Match", bad);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.items("errors")).extracting(e -> e.get("path")).containsExactly("If-Match");
    }
  }

  @Test
  void putMustSayTheSameAsThePath() throws Exception {
    Answer answer = send("PUT", PA + "b", "application/yaml", yaml("a", "STRICT"));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.items("errors"))
        .extracting(e -> e.get("path"), e -> e.get("value"), e -> e.get("expected"))
        .containsExactly(tuple("metadata.name", "a", "b, as in the path"));
    assertThat(
            send("PUT", "/api/v1/namespaces/prod/pa/a", "application/yaml", yaml("a", "STRICT"))
                .status())
        .as("no namespace in the body: the path's")
        .isEqualTo(201);
  }

  @Test
  void revisionsAndRollback() throws Exception {
    post("/api/v1/apply", "application/yaml", yaml("a", "STRICT"));
    long good = admin.store.current().revision();
    send("PUT", PA + "a", "application/yaml", yaml("a", "DISABLE"), "weft-author", "jo o\"");
    Answer revisions = get("/api/v1/revisions?limit=2");
    assertThat(revisions.at("current")).isEqualTo(good + 1);
    assertThat(revisions.items("items"))
        .extracting(r -> r.get("revision"), r -> r.get("author"), r -> r.get("message"))
        .containsExactly(
            tuple(good + 1, "admin/jo_o_", "apply: 1 configured"),
            tuple(good, "admin", "apply: 1 created"));

    Answer rolled = post("/api/v1/revisions/" + good + "/rollback", null, "");
    assertThat(rolled.status()).isEqualTo(200);
    assertThat(rolled.at("revision")).isEqualTo(good + 2);
    assertThat(get(PA + "a").tree().toString()).contains("STRICT");
    assertThat(admin.audit.get(0).action()).isEqualTo("config.rolledBack");

    Answer missing = post("/api/v1/revisions/999999/rollback", null, "");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.items("errors")).extracting(e -> e.get("path")).containsExactly("revision");
    assertThat(post("/api/v1/revisions/x/rollback", null, "").status()).isEqualTo(400);
  }
}

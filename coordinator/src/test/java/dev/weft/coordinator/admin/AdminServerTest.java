package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.CaAdmin;
import dev.weft.policy.Dns1123;
import dev.weft.policy.Kinds;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdminServerTest {
  private static final String PA = "/api/v1/namespaces/default/peerauthentications/";

  private Path directory;
  private final HttpClient client = HttpClient.newHttpClient();
  private TestAdmin admin;

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
    admin.audit.clear();
  }

  // ---- policy

  @Test
  void appliesManyDocuments() throws Exception {
    Answer answer =
        post(
            "/api/v1/apply",
            "application/yaml",
            yaml("a", "STRICT") + "---\n" + yaml("b", "DISABLE"));
    assertThat(answer.status).isEqualTo(200);
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
    assertThat(post("/api/v1/apply", "application/json", one).status).isEqualTo(200);
    assertThat(
            post(
                    "/api/v1/apply",
                    "application/json; charset=UTF-8",
                    "[" + json("b", "STRICT") + "]")
                .status)
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
    assertThat(applied.status).isEqualTo(200);
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
        post("/api/v1/apply", "application/json", new String(Json.bytes(get(path).tree), UTF_8));
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
    Answer address = explain("http://127.0.0.1:8082/", "");
    assertThat(address.at("outcome")).isEqualTo("pinned");
    assertThat(address.at("instance")).isEqualTo("orders-v2");
    for (String foreign :
        List.of(
            "https://orders/", "http://example.com.org/", "http://nobody/", "http://127.0.0.1/")) {
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
    assertThat(answer.status).isEqualTo(400);
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
    assertThat(answer.status).isEqualTo(422);
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
    assertThat(created.status).isEqualTo(201);
    String etag = created.header("etag");
    assertThat(etag).matches("\"[0-9a-f]{64}\"");

    for (String kind : List.of("PeerAuthentication", "peerauthentication", "pa")) {
      Answer found = get("/api/v1/namespaces/default/" + kind + "/a");
      assertThat(found.status).isEqualTo(200);
      assertThat(found.header("etag")).isEqualTo(etag);
      assertThat(found.tree).isEqualTo(created.tree);
    }

    Answer stale =
        send("PUT", PA + "a", "application/yaml", yaml("a", "DISABLE"), "If-Match", "\"other\"");
    assertThat(stale.status).isEqualTo(412);
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
    assertThat(replaced.status).isEqualTo(200);
    assertThat(replaced.header("weft-action")).isEqualTo("configured");
    assertThat(replaced.header("etag")).isNotEqualTo(etag);

    assertThat(send("DELETE", PA + "a", null, "", "If-Match", etag).status).isEqualTo(412);
    Answer deleted = send("DELETE", PA + "a", null, "", "If-Match", replaced.header("etag"));
    assertThat(deleted.status).isEqualTo(200);
    assertThat(deleted.items("resources"))
        .extracting(r -> r.get("action"))
        .containsExactly("deleted");
    assertThat(get(PA + "a").status).isEqualTo(404);
    assertThat(send("DELETE", PA + "a", null, "").status).isEqualTo(404);
  }

  @Test
  void preconditions() throws Exception {
    String body = yaml("a", "STRICT");
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-Match", "*").status)
        .isEqualTo(412);
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-None-Match", "*").status)
        .isEqualTo(201);
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-None-Match", "*").status)
        .isEqualTo(412);
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-Match", "*").status)
        .isEqualTo(200);
    String weak = "W/" + get(PA + "a").header("etag");
    assertThat(send("PUT", PA + "a", "application/yaml", body, "If-Match", weak).status)
        .as("a weak ETag never matches")
        .isEqualTo(412);
    for (String bad : List.of("abc", "\"a\" b", "\"a")) {
      Answer answer = send("PUT", PA + "a", "application/yaml", body, "If-Match", bad);
      assertThat(answer.status).isEqualTo(400);
      assertThat(answer.items("errors")).extracting(e -> e.get("path")).containsExactly("If-Match");
    }
  }

  @Test
  void putMustSayTheSameAsThePath() throws Exception {
    Answer answer = send("PUT", PA + "b", "application/yaml", yaml("a", "STRICT"));
    assertThat(answer.status).isEqualTo(422);
    assertThat(answer.items("errors"))
        .extracting(e -> e.get("path"), e -> e.get("value"), e -> e.get("expected"))
        .containsExactly(tuple("metadata.name", "a", "b, as in the path"));
    assertThat(
            send("PUT", "/api/v1/namespaces/prod/pa/a", "application/yaml", yaml("a", "STRICT"))
                .status)
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
    assertThat(rolled.status).isEqualTo(200);
    assertThat(rolled.at("revision")).isEqualTo(good + 2);
    assertThat(get(PA + "a").tree.toString()).contains("STRICT");
    assertThat(admin.audit.get(0).action()).isEqualTo("config.rolledBack");

    Answer missing = post("/api/v1/revisions/999999/rollback", null, "");
    assertThat(missing.status).isEqualTo(404);
    assertThat(missing.items("errors")).extracting(e -> e.get("path")).containsExactly("revision");
    assertThat(post("/api/v1/revisions/x/rollback", null, "").status).isEqualTo(400);
  }

  // ---- what is refused

  static Stream<Arguments> badRequests() {
    String good = yaml("a", "STRICT");
    return Stream.of(
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good.replace("mtls", "mtl"),
            422,
            "spec.mtl",
            "an object with [mode]",
            "a known field: mtls, portLevelMtls, selector; did you mean mtls?"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good.replace("PeerAuthentication", "PeerAuth"),
            422,
            "kind",
            "PeerAuth",
            Kinds.expected()),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good.replace("istio.io/v1", "istio.io/v9"),
            422,
            "apiVersion",
            "security.istio.io/v9",
            "security.istio.io/v1 or security.istio.io/v1beta1 for PeerAuthentication"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "just text",
            422,
            "",
            "just text",
            "an object with apiVersion, kind, metadata and spec"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/json",
            "[1]",
            422,
            "",
            "1",
            "an object with apiVersion, kind, metadata and spec"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            good + "---\n" + good,
            422,
            "metadata.name",
            "a",
            "each resource once; document 0 holds it already"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/json",
            "{\"kind\":\"List\",\"items\":[" + json("a", "NO") + "]}",
            422,
            "items[0].spec.mtls.mode",
            "NO",
            "one of UNSET, DISABLE, PERMISSIVE, STRICT"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "",
            400,
            "body",
            null,
            "at least one resource"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "a: [",
            400,
            "",
            "while parsing a flow node expected the node content, but found '<stream end>' (line 1,"
                + " column 5)",
            "YAML of JSON's types"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml",
            "a: 1\na: 2\n",
            400,
            "",
            "key a again (expected: once) (line 2, column 1)",
            "YAML of JSON's types"),
        bad("POST", "/api/v1/apply", "application/json", "{\"a\":", 400, "", null, "JSON"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/json",
            "{\"a\":1,\"a\":2}",
            400,
            "",
            null,
            "JSON"),
        bad(
            "POST",
            "/api/v1/apply",
            "text/plain",
            good,
            415,
            "Content-Type",
            "text/plain",
            "application/yaml or application/json, in UTF-8"),
        bad(
            "POST",
            "/api/v1/apply",
            "application/yaml; charset=latin1",
            good,
            415,
            "Content-Type",
            "application/yaml; charset=latin1",
            "application/yaml or application/json, in UTF-8"),
        bad(
            "POST",
            "/api/v1/apply",
            null,
            good,
            415,
            "Content-Type",
            null,
            "application/yaml or application/json, in UTF-8"),
        bad(
            "POST",
            "/api/v1/apply?dryrun=true",
            "application/yaml",
            good,
            400,
            "dryrun",
            "true",
            "a known query parameter: dryRun; did you mean dryRun?"),
        bad(
            "POST",
            "/api/v1/apply?dryRun=yes",
            "application/yaml",
            good,
            400,
            "dryRun",
            "yes",
            "true or false"),
        bad(
            "POST",
            "/api/v1/apply?dryRun=true&dryRun=false",
            "application/yaml",
            good,
            400,
            "dryRun",
            "false",
            "to be given once"),
        bad("GET", "/api/v1/resources?kind=Foo", null, "", 400, "kind", "Foo", Kinds.expected()),
        bad("GET", "/api/v1/resources?namespace=A", null, "", 400, "namespace", "A", Dns1123.LABEL),
        bad(
            "GET",
            "/api/v1/resources?x=%zz",
            null,
            "",
            400,
            "path",
            "cannot be read",
            "a path and a query, percent-encoded (RFC 3986)"),
        bad(
            "GET",
            "/api/v1/resources?kind=%ff",
            null,
            "",
            400,
            "kind",
            "%FF",
            "percent-encoded UTF-8"),
        bad(
            "GET",
            "/api/v1/namespaces/default/foos/a",
            null,
            "",
            404,
            "kind",
            "foos",
            Kinds.expected()),
        bad("GET", "/api/v1/namespaces/D/pa/a", null, "", 400, "namespace", "D", Dns1123.LABEL),
        bad(
            "GET",
            "/api/v1/namespaces/default/pa/a_b",
            null,
            "",
            400,
            "name",
            "a_b",
            Dns1123.SUBDOMAIN),
        bad(
            "GET",
            "/api/v1/namespaces/default/pa/nope",
            null,
            "",
            404,
            "name",
            "nope",
            "the name of a resource that exists"),
        bad("PUT", PA + "Bad", "application/yaml", good, 400, "name", "Bad", Dns1123.SUBDOMAIN),
        bad(
            "GET",
            "/api/v1/nope",
            null,
            "",
            404,
            "path",
            "/api/v1/nope",
            "a path of /openapi.json"),
        bad(
            "GET",
            "/api/v1/resources/",
            null,
            "",
            404,
            "path",
            "/api/v1/resources/",
            "a path of /openapi.json"),
        bad(
            "GET",
            "/api/v1/agents?limit=0",
            null,
            "",
            400,
            "limit",
            "0",
            "a number from 1 to 100000"),
        bad(
            "GET",
            "/api/v1/audit?limit=5000",
            null,
            "",
            400,
            "limit",
            "5000",
            "a number from 1 to 1000"),
        bad(
            "GET",
            "/api/v1/services/default/nope",
            null,
            "",
            404,
            "service",
            "default/nope",
            "a service with at least one instance"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{}",
            400,
            "service",
            null,
            Dns1123.LABEL),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"ttl\":\"30x\"}",
            400,
            "ttl",
            "30x",
            "a duration from 1m to 366d, such as 30d, 12h or 15m"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"ttl\":\"367d\"}",
            400,
            "ttl",
            "367d",
            "a duration from 1m to 366d, such as 30d, 12h or 15m"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"uses\":0}",
            400,
            "uses",
            "0",
            "a number from 1 to 1000000"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/json",
            "{\"service\":\"a\",\"use\":1}",
            400,
            "use",
            "1",
            "a known field: namespace, service, ttl, uses; did you mean uses?"),
        bad("POST", "/api/v1/tokens", "application/json", "[]", 400, "body", "[]", "a JSON object"),
        bad(
            "POST",
            "/api/v1/tokens",
            "application/yaml",
            "service: a",
            415,
            "Content-Type",
            "application/yaml",
            "application/json"),
        bad("DELETE", "/api/v1/tokens/nope", null, "", 404, "id", "nope", "the id of a token"),
        badRevocation("{}", "service", null, Dns1123.LABEL),
        badRevocation(
            "{\"serial\":\"xyz\"}",
            "serial",
            "xyz",
            "the serial number of a certificate, hexadecimal"),
        badRevocation(
            "{\"serial\":\"a1\",\"service\":\"orders\"}",
            "service",
            "orders",
            "absent beside serial"),
        badRevocation(
            "{\"service\":\"coordinator\",\"namespace\":\"weft-system\"}",
            "namespace",
            "weft-system",
            "another one; it is the mesh's own"),
        badRevocation(
            "{\"serials\":\"a1\",\"service\":\"orders\"}",
            "serials",
            "a1",
            "a known field: namespace, serial, service; did you mean serial?"));
  }

  private static Arguments badRevocation(
      String body, String field, @Nullable String value, String expected) {
    return bad(
        "POST", "/api/v1/revocations", "application/json", body, 400, field, value, expected);
  }

  @ParameterizedTest(name = "{0} {1} {3}")
  @MethodSource
  void badRequests(
      String method,
      String path,
      String type,
      String body,
      int status,
      String field,
      String value,
      String expected)
      throws Exception {
    long revision = admin.store.current().revision();
    Answer answer = send(method, path, type, body);
    assertThat(answer.status).isEqualTo(status);
    assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
    assertThat(answer.at("status")).isEqualTo((long) status);
    assertThat((String) answer.at("type")).startsWith("urn:weft:problem:");
    assertThat(answer.tree).containsKeys("title", "detail");
    Map<String, Object> error = answer.items("errors").get(0);
    assertThat(error).containsEntry("path", field).containsEntry("expected", expected);
    if (value != null) {
      assertThat(error).containsEntry("value", value);
    }
    assertThat(admin.store.current().revision()).isEqualTo(revision);
  }

  @Test
  void wrongMethod() throws Exception {
    Answer answer = send("PATCH", PA + "a", "application/yaml", "x");
    assertThat(answer.status).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("DELETE, GET, HEAD, PUT");
    assertThat(answer.at("detail")).isEqualTo("method: PATCH (expected: DELETE, GET, HEAD, PUT)");
  }

  @Test
  void billionLaughs() throws Exception {
    StringBuilder text = new StringBuilder("a0: &a0 x\n");
    for (int i = 1; i < 40; i++) {
      text.append("a" + i + ": &a" + i + " [*a" + (i - 1) + ", *a" + (i - 1) + "]\n");
    }
    Answer answer = post("/api/v1/apply", "application/yaml", text.toString());
    assertThat(answer.status).isEqualTo(400);
    assertThat((String) answer.at("detail")).contains("more than 200000 values");
  }

  @Test
  void tooManyDocuments() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      text.append("---\n").append(yaml("p" + i, "STRICT"));
    }
    assertThat(post("/api/v1/apply?dryRun=true", "application/yaml", text.toString()).status)
        .isEqualTo(200);
    text.append("---\n").append(yaml("one-more", "STRICT"));
    Answer answer = post("/api/v1/apply?dryRun=true", "application/yaml", text.toString());
    assertThat(answer.status).isEqualTo(400);
    assertThat((String) answer.at("detail")).contains("more than 1000 documents");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLargeBodyIsRefusedBeforeItIsRead(boolean chunked) throws Exception {
    // Raw, since the server answers while the client still writes.
    try (Socket socket = new Socket("127.0.0.1", admin.server.port())) {
      OutputStream out = socket.getOutputStream();
      int size = 10 << 20;
      out.write(
          ("POST /api/v1/apply HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                  + admin.token()
                  + "\r\nContent-Type: application/yaml\r\nConnection: close\r\n"
                  + (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + size)
                  + "\r\n\r\n")
              .getBytes(ISO_8859_1));
      out.flush();
      if (chunked) {
        byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(ISO_8859_1);
        try {
          for (int sent = 0; sent < size; sent += 0x10000) {
            out.write(chunk);
          }
        } catch (SocketException e) {
          // it has hung up already
        }
      }
      Answer answer = answer(socket.getInputStream());
      assertThat(answer.status).isEqualTo(413);
      assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
      assertThat(answer.at("type")).isEqualTo("urn:weft:problem:too-large");
    }
  }

  // ---- who may ask

  @Test
  void withoutTheToken_nothingButTheProbes() throws Exception {
    for (String authorization :
        List.of(
            "",
            "Bearer",
            "Bearer x",
            "Basic abc",
            admin.token(),
            "Bearer " + admin.token() + "x")) {
      Answer answer = raw("GET /api/v1/resources", "localhost", authorization);
      assertThat(answer.status).as(authorization).isEqualTo(401);
      assertThat(answer.header("www-authenticate")).isEqualTo("Bearer realm=\"weft\"");
      assertThat(answer.at("type")).isEqualTo("urn:weft:problem:unauthorized");
    }
    for (String path : List.of("/metrics", "/openapi.json", "/nope", "/", "/api/v1/tokens")) {
      assertThat(raw("GET " + path, "localhost", "").status).as(path).isEqualTo(401);
    }
    assertThat(raw("POST /healthz", "localhost", "").status).isEqualTo(401);
    assertThat(raw("GET /healthz", "localhost", "").status).isEqualTo(200);
    Answer ready = raw("GET /readyz", "localhost", "");
    assertThat(ready.status).isEqualTo(200);
    assertThat(ready.at("status")).isEqualTo("ready");
    assertThat(raw("GET /healthz?x=1", "localhost", "").status).isEqualTo(400);
  }

  @Test
  void anotherHost_isMisdirected() throws Exception {
    String bearer = "Bearer " + admin.token();
    for (String host :
        List.of("localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:7470", "[::1]", "[::1]:7470")) {
      assertThat(raw("GET /api/v1/resources", host, bearer).status).as(host).isEqualTo(200);
    }
    for (String host :
        List.of(
            "evil.example",
            "evil.example:7470",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.2",
            "[::2]")) {
      Answer answer = raw("GET /api/v1/resources", host, bearer);
      assertThat(answer.status).as(host).isEqualTo(421);
      assertThat(answer.items("errors")).extracting(e -> e.get("value")).containsExactly(host);
      assertThat(raw("GET /healthz", host, "").status).isEqualTo(421);
    }
  }

  @Test
  void theTokenIsForItsOwnerOnly() throws Exception {
    Path file = admin.home.resolve("admin-token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(admin.token()).hasSize(43);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(admin.home)))
        .isEqualTo("rwx------");
  }

  @Test
  void aTokenThatOthersCanRead_orThatIsNone_isRefused() throws Exception {
    Path home = Files.createDirectory(directory.resolve("bad"));
    Path file = Files.writeString(home.resolve("admin-token"), "x".repeat(43));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> AdminToken.loadOrCreate(home))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rw-r--r-- lets others read the admin token");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(AdminToken.loadOrCreate(home).matches("bearer " + "x".repeat(43))).isTrue();
    Files.writeString(file, "\n");
    assertThatThrownBy(() -> AdminToken.loadOrCreate(home))
        .hasMessageContaining("0 characters (expected: a token of at least 32");
  }

  @Test
  void openToTheNetwork_onlyWithTls() {
    for (String host : List.of("0.0.0.0", "::")) {
      assertThatThrownBy(() -> admin.start(new AdminOptions(host, 0, admin.home, null)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("admin address " + host + " is not loopback")
          .hasMessageContaining("--admin-tls-cert");
    }
  }

  @Test
  void aPortInUse_isNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> admin.start(new AdminOptions("127.0.0.1", port, admin.home, null)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("admin address 127.0.0.1:" + port + " is in use");
    }
  }

  // ---- registry, tokens, audit, metrics

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
            "{\"service\":\"orders\",\"ttl\":\"12h\",\"uses\":3}");
    assertThat(created.status).isEqualTo(201);
    assertThat(created.tree)
        .containsEntry("id", "id1")
        .containsEntry("token", "weft1.ca.id1.secret")
        .containsEntry("namespace", "default")
        .containsEntry("expires", "2026-01-01T12:00:00Z")
        .containsEntry("usesLeft", 3L);
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
                3L));
    assertThat(send("DELETE", "/api/v1/tokens/id1", null, "").status).isEqualTo(200);
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
    assertThat(stable.status).isEqualTo(200);
    assertThat(stable.at("phase")).isEqualTo("STABLE");
    assertThat(stable.tree.keySet()).containsExactly("phase", "roots", "signer");
    assertThat(stable.items("roots"))
        .singleElement()
        .satisfies(
            root -> {
              assertThat(root.keySet())
                  .containsExactly("name", "fingerprint", "notBefore", "notAfter", "use");
              assertThat(root.get("use")).isEqualTo("SIGNING");
            });

    Answer begun = post("/api/v1/ca/rotate", "application/json", "");
    assertThat(begun.status).isEqualTo(202);
    assertThat(begun.at("phase")).isEqualTo("DISTRIBUTING");
    assertThat(begun.items("roots"))
        .extracting(root -> root.get("use"))
        .containsExactly("SIGNING", "NEXT");
    Answer again = post("/api/v1/ca/rotate", "application/json", "");
    assertThat(again.status).isEqualTo(409);
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
    Answer one = post(path, "application/json", "{\"serial\":\"0A:1B\"}");
    assertThat(one.status).isEqualTo(201);
    assertThat(one.tree)
        .containsEntry("serial", "a1b")
        .containsEntry("revoked", "2026-01-01T00:00:00Z");
    Answer all = post(path, "application/json", "{\"service\":\"orders\"}");
    assertThat(all.tree).containsEntry("namespace", "default").containsEntry("service", "orders");
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
    assertThat(answer.status).isEqualTo(503);
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
      assertThat(apply.status).isEqualTo(503);
      assertThat(apply.header("retry-after")).isEqualTo("5");
      assertThat(apply.at("type")).isEqualTo("urn:weft:problem:unavailable");
      assertThat((String) apply.at("detail")).startsWith("ZooKeeper cannot be reached");
      assertThat(send("DELETE", PA + "a", null, "").status).isEqualTo(503);
      assertThat(get(PA + "a").tree.toString()).contains("STRICT");
      assertThat(get("/healthz").status).isEqualTo(200);
      assertThat(get("/readyz").status).isEqualTo(503);
      assertThat(get("/metrics").text).contains("weft_zookeeper_connected 0\n");
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
    assertThat(answer.text.lines())
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
        new AdminApi(admin.store, null, null, null, null, null, InstantSource.system())
            .router()
            .routes();
    assertThat(described)
        .containsExactlyInAnyOrderElementsOf(
            routes.stream().map(r -> r.method() + " " + r.template()).toList());
    assertThat(open).containsExactly("GET /healthz", "GET /readyz");
    for (Router.Route route : routes) {
      assertThat(queries.get(route.method() + " " + route.template()))
          .as(route.template())
          .containsExactlyInAnyOrderElementsOf(route.query());
    }
  }

  @Test
  void head_isGetWithoutABody() throws Exception {
    Answer answer = send("HEAD", "/api/v1/resources", null, "");
    assertThat(answer.status).isEqualTo(200);
    assertThat(answer.text).isEmpty();
  }

  @Test
  void nothingIsCachedOrSniffed() throws Exception {
    Answer answer = get("/api/v1/resources");
    assertThat(answer.header("cache-control")).isEqualTo("no-store");
    assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
    assertThat(answer.header("server")).isNull();
  }

  // ---- helpers

  private static Arguments bad(
      String method,
      String path,
      String type,
      String body,
      int status,
      String field,
      String value,
      String expected) {
    return Arguments.of(method, path, type, body, status, field, value, expected);
  }

  static String yaml(String name, String mode) {
    return """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %s
        spec:
          mtls:
            mode: %s
        """
        .formatted(name, mode);
  }

  private static String json(String name, String mode) {
    return "{\"apiVersion\":\"security.istio.io/v1\",\"kind\":\"PeerAuthentication\",\"metadata\":{"
        + "\"name\":\""
        + name
        + "\"},\"spec\":{\"mtls\":{\"mode\":\""
        + mode
        + "\"}}}";
  }

  private record Answer(
      int status, Map<String, String> headers, String text, Map<String, Object> tree) {
    Object at(String field) {
      return tree.get(field);
    }

    String header(String name) {
      return headers.get(name);
    }

    @SuppressWarnings("unchecked")
    List<Map<String, Object>> items(String field) {
      return (List<Map<String, Object>>) tree.get(field);
    }

    static Answer of(int status, Map<String, String> headers, String body) throws IOException {
      Map<String, Object> tree =
          body.startsWith("{") ? Json.parseObject(body.getBytes(UTF_8)) : Map.of();
      return new Answer(status, headers, body, tree);
    }
  }

  private Answer get(String path) throws Exception {
    return send("GET", path, null, "");
  }

  private Answer post(String path, String type, String body) throws Exception {
    return send("POST", path, type, body);
  }

  private Answer send(String method, String path, String type, String body, String... headers)
      throws Exception {
    URI uri;
    if (path.contains("%zz")) {
      return raw(method + " " + path, "localhost", "Bearer " + admin.token());
    }
    uri = URI.create("http://127.0.0.1:" + admin.server.port() + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .header("Authorization", "Bearer " + admin.token());
    if (type != null) {
      request.header("Content-Type", type);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    Map<String, String> first = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().map().forEach((name, values) -> first.put(name, values.get(0)));
    return Answer.of(response.statusCode(), first, response.body());
  }

  /** Over a bare socket, for what an HTTP client does not send. */
  private Answer raw(String methodAndPath, String host, String authorization) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", admin.server.port())) {
      socket
          .getOutputStream()
          .write(
              (methodAndPath
                      + " HTTP/1.1\r\nHost: "
                      + host
                      + "\r\nConnection: close\r\n"
                      + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n")
                      + "\r\n")
                  .getBytes(ISO_8859_1));
      return answer(socket.getInputStream());
    }
  }

  /** One answer with a Content-Length; the server takes its time to close the connection. */
  private static Answer answer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      assertThat(b).as("end of the connection after: " + head).isNotNegative();
      head.append((char) b);
    }
    String[] lines = head.toString().split("\r\n");
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (int i = 1; i < lines.length; i++) {
      headers.put(
          lines[i].substring(0, lines[i].indexOf(':')),
          lines[i].substring(lines[i].indexOf(':') + 1).strip());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
    return Answer.of(Integer.parseInt(lines[0].split(" ")[1]), headers, new String(body, UTF_8));
  }
}

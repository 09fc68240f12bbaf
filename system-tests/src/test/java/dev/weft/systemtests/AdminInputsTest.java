package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the admin API is told wrongly changes nothing, and the answer says what was wrong. */
class AdminInputsTest {
  private static final int WRITERS = 20;
  private static final int CHANGES = 5;
  private static final Map<String, String> YAML = Map.of("Content-Type", "application/yaml");

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  private Admin admin = new Admin("", "");
  private String before = "";

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
    assertThat(mesh.admin().apply(Policies.of("there", "default", "STRICT")).status())
        .isEqualTo(200);
  }

  @BeforeEach
  void remember() {
    admin = mesh.admin();
    before = everything();
  }

  @AfterEach
  void nothingHasChanged() {
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void aBadDocumentBehindAGoodOne() {
    Admin.Reply reply =
        admin.apply(
            Policies.of("good", "default", "STRICT") + Policies.of("bad", "default", "SOMETIMES"));
    refused(reply, 422, "spec.mtls.mode", "SOMETIMES", "STRICT");
    assertThat(reply.errors()).singleElement().extracting("document").isEqualTo(1L);
  }

  @Test
  void anUnknownField() {
    refused(
        admin.apply(Policies.of("a", "default", "STRICT").replace("mtls:", "mtsl:")),
        422,
        "spec.mtsl",
        "",
        "mtls");
  }

  @Test
  void anUnknownFieldDeepInside() {
    refused(
        admin.apply(Policies.of("a", "default", "STRICT").replace("mode:", "mod:")),
        422,
        "spec.mtls.mod",
        "STRICT",
        "mode");
  }

  @Test
  void aKindThatThereIsNot() {
    refused(
        admin.apply(
            Policies.of("a", "default", "STRICT").replace("PeerAuthentication", "PearAuth")),
        422,
        "kind",
        "PearAuth",
        "PeerAuthentication");
  }

  @Test
  void aNameThatIsNoLabel() {
    for (String name : List.of("Bad_Name", "-a", "a b", "ä", "a".repeat(300))) {
      refused(
          admin.apply(Policies.of('"' + name + '"', "default", "STRICT")),
          422,
          "metadata.name",
          name.substring(0, Math.min(20, name.length())),
          "a DNS subdomain");
    }
    refused(
        admin.apply(Policies.of("a", "No.Namespace", "STRICT")),
        422,
        "metadata.namespace",
        "No.Namespace",
        "a DNS label");
  }

  @Test
  void aNameInThePathThatIsNoLabel() {
    refused(
        admin.send(
            "PUT",
            "/api/v1/namespaces/default/peerauthentication/Bad_Name",
            Policies.of("a", "default", "STRICT"),
            YAML),
        400,
        "name",
        "Bad_Name",
        "a DNS subdomain");
  }

  @Test
  void tenMegabytes() {
    Admin.Reply reply = admin.apply("# " + "x".repeat(10_000_000));
    assertThat(reply.status()).isEqualTo(413);
    assertThat(reply.type()).startsWith("application/problem+json");
    assertThat(String.valueOf(reply.tree().get("detail"))).contains("1048576");
  }

  @Test
  void anOldETag() {
    String path = "/api/v1/namespaces/default/peerauthentication/there";
    String etag = admin.get(path).etag();
    assertThat(etag).isNotEmpty();
    Admin.Reply reply =
        admin.send(
            "PUT",
            path,
            Policies.of("there", "default", "PERMISSIVE"),
            Map.of("Content-Type", "application/yaml", "If-Match", "\"0000\""));
    refused(reply, 412, "etag", etag.replace("\"", ""), "0000");
    refused(
        admin.send("DELETE", path, "", Map.of("If-Match", "\"0000\"")),
        412,
        "etag",
        etag.replace("\"", ""),
        "0000");
  }

  @Test
  void whatIsNoYaml() {
    for (String text : List.of("{", "a: [1", "- just\n- a list", "&a [*a]", "!!java.net.URL x")) {
      Admin.Reply reply = admin.apply(text);
      assertThat(reply.status()).as(text).isBetween(400, 422);
      assertThat(reply.type()).startsWith("application/problem+json");
      assertThat(String.valueOf(reply.tree().get("detail"))).as(text).isNotBlank();
    }
  }

  @Test
  void nobodysToken() {
    Admin.Reply reply =
        new Admin(mesh.adminAddress(), "guessed").apply(Policies.of("a", "default", "STRICT"));
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.type()).startsWith("application/problem+json");
  }

  @Test
  void parallelWritersLoseNothing() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    Set<Object> revisions = new HashSet<>();
    try {
      List<Future<List<Object>>> all = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        all.add(writers.submit(() -> write(writer)));
      }
      for (Future<List<Object>> one : all) {
        revisions.addAll(one.get());
      }
    } finally {
      writers.shutdownNow();
    }
    assertThat(revisions).as("each change has a revision of its own").hasSize(WRITERS * CHANGES);
    assertThat(admin.get("/api/v1/resources?namespace=parallel").items())
        .hasSize(WRITERS * CHANGES);
    before = everything();
  }

  private List<Object> write(int writer) {
    List<Object> revisions = new ArrayList<>();
    for (int change = 0; change < CHANGES; change++) {
      Admin.Reply reply =
          admin.apply(Policies.of("w" + writer + "-" + change, "parallel", "STRICT"));
      assertThat(reply.status()).as(reply.body()).isEqualTo(200);
      revisions.add(reply.tree().get("revision"));
    }
    return revisions;
  }

  private String everything() {
    return mesh.admin().revision() + " " + mesh.admin().get("/api/v1/resources").body();
  }

  /** A problem that names field, value and what was expected. */
  private static void refused(
      Admin.Reply reply, int status, String path, String value, String expected) {
    assertThat(reply.status()).as(reply.body()).isEqualTo(status);
    assertThat(reply.type()).startsWith("application/problem+json");
    assertThat(reply.tree()).containsKeys("type", "title", "status", "detail");
    assertThat(reply.errors()).isNotEmpty();
    Map<String, Object> error = reply.errors().get(0);
    assertThat(String.valueOf(error.get("path"))).as(reply.body()).contains(path);
    assertThat(String.valueOf(error.get("value"))).as(reply.body()).contains(value);
    assertThat(String.valueOf(error.get("expected")))
        .as(reply.body())
        .contains(expected)
        .isNotBlank();
  }
}

package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Calls to hosts outside of the mesh. They are really reached when they may be: an ordinary server
 * on this machine has their names, by the JDK's own file of hosts.
 */
class EgressTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static String hosts;
  private static Child outside;

  @BeforeAll
  static void startOutside() throws IOException {
    Path file = SANDBOX.folder().resolve("hosts");
    Files.writeString(
        file, "127.0.0.1 api.partner.example\n127.0.0.1 api.other.example\n127.0.0.1 localhost\n");
    hosts = "-Djdk.net.hosts.file=" + file;
    outside =
        new Launch(SANDBOX, Jdk.JDK_17, "outside")
            .main(Built.programs(), "programs.JdkServer", "outside", "0");
    outside.awaitOut("listening on \\d+");
  }

  private static String url(String host, String path) {
    return "http://" + host + ":" + outside.port() + path;
  }

  private static Caller caller(Mesh mesh, Jdk jdk, String name, Caller.Library library) {
    return Caller.start(mesh.member(jdk, name).option(hosts), library);
  }

  private static boolean heard(String path) {
    return outside.out().contains("request GET " + path + "\n");
  }

  private static void apply(Mesh mesh, String namespace, String name, String spec) {
    assertThat(
            mesh.admin()
                .apply(
                    """
                    apiVersion: weft.dev/v1alpha1
                    kind: MeshService
                    metadata: {name: %s, namespace: %s}
                    spec: %s
                    """
                        .formatted(name, namespace, spec))
                .status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void whatIsNotAllowedReachesNobody(Jdk jdk) {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("data-" + jdk).toString());
    mesh.server(jdk, "orders", "orders");
    mesh.awaitReady("orders", 1);
    Caller client = caller(mesh, jdk, "client", Caller.Library.HTTP_CLIENT);
    Caller url = caller(mesh, jdk, "url", Caller.Library.HTTP_URL_CONNECTION);
    String run = "/" + jdk;
    assertThat(client.get(url("api.other.example", run + "/open"))).startsWith("200 name=outside");
    assertThat(url.get(url("api.other.example", run + "/open"))).startsWith("200 name=outside");

    // In this order: the partner is never refused.
    apply(mesh, "default", "partner", "{egress: ALLOW, hosts: ['*.partner.example']}");
    apply(mesh, "weft-system", "closed", "{egress: REGISTRY_ONLY}");
    for (Caller each : List.of(client, url)) {
      // Until the policy is there, calls pass.
      Await.until(
          "the mesh is closed",
          () -> each.get(url("api.other.example", run + "/soon")).startsWith("403 "));
      Await.until(
          "the partner is allowed",
          () -> each.get(url("api.partner.example", run + "/let")).startsWith("200 name=outside"));
      Caller.Answer denied = each.send("GET", url("api.other.example", run + "/denied"));
      assertThat(denied.status()).isEqualTo("403");
      assertThat(denied.field("proxy-status").get(0))
          .startsWith(
              "weft; error=http_request_denied; details=\"rule=MeshService weft-system/closed");
      assertThat(String.join("", denied.body()))
          .contains("api.other.example is no host of the mesh", "egress: ALLOW");
      assertThat(each.get("http://orders/")).startsWith("200 name=orders");
      assertThat(each.get(url("127.0.0.1", run + "/loopback"))).startsWith("200 name=outside");
    }
    String https = url("api.other.example", run + "/denied").replace("http:", "https:");
    assertThat(client.get(https)).startsWith("403 ").contains("weft-system/closed");
    assertThat(url.get(https))
        .startsWith("failed java.net.UnknownHostException: api.other.example [weft: 403 ");
    assertThat(heard(run + "/denied")).isFalse();
    assertThat(heard(run + "/let")).isTrue();

    assertThat(client.child().err().lines().filter(line -> line.contains("WARN")))
        .singleElement()
        .asString()
        .contains("WARN refused: api.other.example is no host of the mesh");
    Await.until(
        "the refused calls are in the topology",
        () -> mesh.admin().get("/api/v1/topology").body().contains("\"outside\""));
    Child explained = mesh.cli("explain", "client", "GET", "http://api.other.example/");
    assertThat(explained.exit()).isZero();
    assertThat(explained.out()).contains("refused", "MeshService weft-system/closed");
    mesh.coordinator().end();
  }

  @Test
  void settingsOfTheMesh_holdWhereNothingElseIsSaid() throws Exception {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("data-config").toString());
    Child orders = mesh.server(Jdk.JDK_17, "orders", "orders");
    mesh.awaitReady("orders", 1);
    Caller shop = caller(mesh, Jdk.JDK_17, "shop", Caller.Library.HTTP_CLIENT);
    Caller own =
        Caller.start(
            mesh.member(Jdk.JDK_17, "own").option(hosts).with("WEFT_EGRESS", "ALLOW_ANY"),
            Caller.Library.HTTP_CLIENT);
    String other = url("api.other.example", "/config");
    assertThat(shop.get(other)).startsWith("200 ");
    assertThat(RawHttp.plaintext(orders.port(), "GET / HTTP/1.1", "Host: x"))
        .startsWith("HTTP/1.1 200");
    assertThat(
            mesh.admin()
                .apply(
                    """
                    apiVersion: weft.dev/v1alpha1
                    kind: MeshConfig
                    metadata: {name: mesh, namespace: weft-system}
                    spec:
                      settings: {weft.egress: REGISTRY_ONLY, weft.mtls.floor: STRICT}
                    """)
                .status())
        .isEqualTo(200);
    Await.until("the mesh is closed", () -> shop.get(other).startsWith("403 "));
    assertThat(shop.get(other)).contains("MeshConfig weft-system/mesh is REGISTRY_ONLY");
    Await.until(
        "orders is strict",
        () ->
            RawHttp.plaintext(orders.port(), "GET / HTTP/1.1", "Host: x")
                .startsWith("HTTP/1.1 403"));
    assertThat(shop.get("http://orders/")).startsWith("200 name=orders");
    assertThat(own.get("http://orders/")).startsWith("200 name=orders");
    assertThat(own.get(other)).startsWith("200 name=outside");
    mesh.coordinator().end();
  }

  @Test
  void closedHere_andNothingLearnt() {
    Launch lost =
        new Launch(SANDBOX, Jdk.JDK_17, "lost")
            .agent()
            .option(hosts)
            .with("WEFT_SERVICE", "lost")
            .with("WEFT_COORDINATOR", "127.0.0.1:" + Ports.free())
            .with("WEFT_STARTUP_WAIT", "1s")
            .with("WEFT_EGRESS", "REGISTRY_ONLY");
    Caller caller = Caller.start(lost, Caller.Library.HTTP_CLIENT);
    assertThat(caller.get(url("api.partner.example", "/lost")))
        .startsWith("503 ")
        .contains("nothing has been learnt from a coordinator yet", "weft.egress");
    assertThat(caller.get(url("127.0.0.1", "/here"))).startsWith("200 name=outside");
    assertThat(heard("/lost")).isFalse();
  }

  @Test
  void theProxyObeysToo() throws Exception {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("data-proxy").toString());
    apply(mesh, "default", "partner", "{egress: ALLOW, hosts: [api.partner.example]}");
    int port = Ports.free();
    Child python =
        mesh.proxied(
            Jdk.JDK_17,
            "inventory",
            "inventory",
            Map.of("WEFT_JAVA_OPTIONS", hosts, "WEFT_EGRESS", "REGISTRY_ONLY"),
            port,
            List.of(),
            List.of("python3", Built.python("service.py").toString(), "inventory", "" + port));
    python.awaitOut("listening, HTTP_PROXY=http://127\\.0\\.0\\.1:\\d+");
    mesh.awaitReady("inventory", 1);
    assertThat(fetch(port, url("api.partner.example", "/by-proxy")))
        .startsWith("HTTP/1.1 200")
        .contains("name=outside");
    assertThat(fetch(port, url("api.other.example", "/by-proxy-denied")))
        .startsWith("HTTP/1.1 403")
        .contains("api.other.example is no host of the mesh", "weft.egress");
    int proxy = Integer.parseInt(python.out().split("HTTP_PROXY=http://127.0.0.1:")[1].strip());
    String tunnel = "api.other.example:" + outside.port();
    assertThat(RawHttp.plaintext(proxy, "CONNECT " + tunnel + " HTTP/1.1", "Host: " + tunnel))
        .startsWith("HTTP/1.1 403");
    assertThat(heard("/by-proxy-denied")).isFalse();
    mesh.coordinator().end();
  }

  private static String fetch(int port, String url) throws IOException {
    return RawHttp.plaintext(
        port,
        "GET /fetch?url=" + URLEncoder.encode(url, StandardCharsets.UTF_8) + " HTTP/1.1",
        "Host: x");
  }
}

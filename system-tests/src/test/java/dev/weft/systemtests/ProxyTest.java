package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A service in Python, of its standard library alone, as a member of the mesh. */
class ProxyTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  private record Running(Child child, int inboundPort) {}

  /** {@code weft proxy … -- python3 service.py NAME PORT}. */
  private static Running python(String service, String... options) {
    int port = Ports.free();
    Child child =
        mesh.proxied(
            JDK,
            service,
            "proxy-" + service,
            Map.of(),
            port,
            List.of(options),
            List.of("python3", Built.python("service.py").toString(), service, "" + port));
    child.awaitOut("listening, HTTP_PROXY=http://127\\.0\\.0\\.1:\\d+");
    mesh.awaitReady(service, 1);
    String said = child.err().lines().filter(line -> line.contains(": inbound ")).findFirst().get();
    int inbound = Integer.parseInt(said.replaceAll(".*: inbound [0-9.]+:(\\d+) .*", "$1"));
    return new Running(child, inbound);
  }

  private static String fetch(String url) {
    return "/fetch?url=" + URLEncoder.encode(url, StandardCharsets.UTF_8);
  }

  @Test
  void calledAndCalling_retriedAndEncrypted() throws Exception {
    Running inventory = python("inventory", "--ready-path", "/health");
    Child one = mesh.server(JDK, "orders", "one");
    Child two = mesh.server(JDK, "orders", "two");
    mesh.awaitReady("orders", 2);
    apply("inventory");
    apply("orders");
    Caller shop = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);

    // Strict on both sides: what arrives has come over mesh TLS.
    Await.until(
        "inventory is strict", () -> plain(inventory, "/secret").startsWith("HTTP/1.1 403"));
    Await.until(
        "orders is strict",
        () ->
            RawHttp.plaintext(one.port(), "GET / HTTP/1.1", "Host: x").startsWith("HTTP/1.1 403"));
    assertThat(plain(inventory, "/health")).startsWith("HTTP/1.1 200");
    assertThat(shop.get("http://inventory/hello")).startsWith("200 name=inventory|");
    assertThat(shop.get("http://inventory/hello")).contains("Host=inventory");
    assertThat(shop.get("http://inventory" + fetch("http://orders/x")))
        .startsWith("200 name=")
        .contains("request=GET /x");

    // One of two dies without a word: no call is lost.
    two.kill();
    for (int i = 0; i < 50; i++) {
      assertThat(shop.get("http://inventory" + fetch("http://orders/" + i)))
          .startsWith("200 name=one|");
    }
    assertThat(shop.get("http://inventory" + fetch("http://orders:1/")))
        .startsWith("503 ")
        .contains("no instance has port 1");
    assertThat(inventory.child().err().lines()).hasSize(1);
  }

  /** A report by night, say: called by nobody. */
  @Test
  void aProgramThatOnlyCalls() throws Exception {
    mesh.server(JDK, "called", "it");
    mesh.awaitReady("called", 1);
    apply("called");
    String script =
        "import os, urllib.request\n"
            + "print(urllib.request.urlopen('http://called/x').read().decode())";
    Child child =
        Launch.command(
            SANDBOX,
            "nightly",
            mesh.environment(JDK),
            List.of(Built.weft(), "proxy", "--service", "nightly", "--", "python3", "-c", script));
    assertThat(child.exit()).as(child.err()).isZero();
    assertThat(child.out()).contains("name=it\nrequest=GET /x\n");
    assertThat(child.err()).contains("weft proxy of default/nightly: only calls, HTTP proxy ");
    assertThat(mesh.admin().states("nightly")).isEmpty();
  }

  @Test
  void onSigterm_callersHearFirst_thenTheProgram() throws Exception {
    Running leaving = python("leaving");
    Caller shop = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    assertThat(shop.get("http://leaving/")).startsWith("200 name=leaving|");
    leaving.child().terminate();
    assertThat(leaving.child().exit()).isEqualTo(3);
    assertThat(leaving.child().out()).contains("signal 15");
    mesh.awaitReady("leaving", 0);
  }

  @Test
  void itEndsWithTheProgram_andItsExitCode() throws Exception {
    Running ending = python("ending");
    assertThat(plain(ending, "/exit?code=7")).startsWith("HTTP/1.1 200");
    assertThat(ending.child().exit()).isEqualTo(7);
    mesh.awaitReady("ending", 0);
  }

  @Test
  void calledWrongly_itSaysByWhichOption() {
    Child child = mesh.cli("proxy", "--service", "x", "--app-port", "no", "--", "true");
    assertThat(child.exit()).isEqualTo(2);
    assertThat(child.err()).contains("weft: --app-port: no (expected: a port, 1 to 65535)");
    Child help = mesh.cli("proxy", "--help");
    assertThat(help.exit()).isZero();
    assertThat(help.out()).startsWith("usage: weft proxy");
  }

  private static String plain(Running running, String path) throws IOException {
    return RawHttp.plaintext(running.inboundPort(), "GET " + path + " HTTP/1.1", "Host: x");
  }

  private static void apply(String service) {
    assertThat(
            mesh.admin()
                .apply(
                    """
                    apiVersion: security.istio.io/v1
                    kind: PeerAuthentication
                    metadata: {name: strict-%s, namespace: default}
                    spec:
                      selector: {matchLabels: {app: %s}}
                      mtls: {mode: STRICT}
                    """
                        .formatted(service, service))
                .status())
        .isEqualTo(200);
  }
}

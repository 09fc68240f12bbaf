package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Spring Boot with WebFlux on Reactor Netty, as a service of the mesh. */
class WebFluxTest {
  private static final int LARGE = 8_000_000;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void membersAreLetIn_asItsPoliciesSay(Jdk jdk) throws Exception {
    String service = "prices-" + jdk.name().toLowerCase(Locale.ROOT).replace('_', '-');
    Child child = prices(jdk, service);
    int port = port(child);
    mesh.awaitReady(service, 1);
    assertThat(ports(service))
        .singleElement()
        .asString()
        .contains("port=" + port + ", library=netty");
    Caller caller = mesh.caller(jdk, Caller.Library.HTTP_CLIENT);
    String url = "http://" + service;
    assertThat(caller.get(url + "/prices/tea"))
        .startsWith("200 {\"item\":\"tea\"")
        .contains("\"scheme\":\"http\"");
    assertThat(get(port, "/prices/tea")).startsWith("HTTP/1.1 200");

    apply(
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata: {name: strict-%1$s}
        spec:
          selector: {matchLabels: {app: %1$s}}
          mtls: {mode: STRICT}
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: no-slow-%1$s}
        spec:
          selector: {matchLabels: {app: %1$s}}
          action: DENY
          rules: [{to: [{operation: {paths: ["/slow/*"]}}]}]
        """
            .formatted(service));
    Await.until("it is strict", () -> get(port, "/prices/tea").startsWith("HTTP/1.1 403"));
    assertThat(get(port, "/prices/tea"))
        .contains("PeerAuthentication", "default/strict-" + service)
        .containsIgnoringCase("proxy-status: weft");
    assertThat(get(port, "/actuator/health")).as("a probe").startsWith("HTTP/1.1 404");

    assertThat(caller.get(url + "/prices/tea")).startsWith("200 ");
    assertThat(caller.get(url + "/slow/tea"))
        .startsWith("403 ")
        .contains("AuthorizationPolicy default/no-slow-" + service);
    assertThat(caller.echo(LARGE, url + "/echo")).isEqualTo("200 same");
    assertThat(caller.many(500, url + "/prices/tea").ok()).isEqualTo(500);
    assertThat(ProcNet.between(caller.child(), child)).as("connections that are open").hasSize(1);
    quiet(child);
    quiet(caller.child());
  }

  /** One that answers slowly still has calls to end when it is told to go. */
  @ParameterizedTest
  @CsvSource({
    "JDK_17, HTTP_CLIENT, /prices/tea",
    "JDK_17, HTTP_CLIENT, /slow/tea",
    "JDK_25, HTTP_URL_CONNECTION, /prices/tea",
    "JDK_25, HTTP_URL_CONNECTION, /slow/tea",
  })
  void whoLeavesLosesNoCall(Jdk jdk, Caller.Library library, String path) throws Exception {
    String service = "going-" + (jdk + "-" + library + path.charAt(1)).toLowerCase(Locale.ROOT);
    String name = service.replace('_', '-');
    Child one = prices(jdk, name);
    Child two = prices(jdk, name);
    mesh.awaitReady(name, 2);
    Caller caller = mesh.caller(jdk, library);
    caller.start(4, "http://" + name + path);
    Await.until("both are called", () -> connected(caller, one) && connected(caller, two));
    Await.until("and answer", () -> caller.tally().ok() > 0);

    one.terminate();
    Await.until("it has left", () -> !one.alive());

    Await.until("calls go on", () -> caller.tally().ok() > 0);
    Caller.Tally last = caller.stop();
    Map<String, Long> statuses = caller.statuses();
    assertThat(statuses.keySet()).as(statuses + " " + last.text()).containsExactly("200");
    assertThat(one.exit()).isEqualTo(143);
    quiet(one);
    quiet(caller.child());
  }

  /** Netty's own remarks on a JDK of today are not ours. */
  private static void quiet(Child child) {
    assertThat(child.errLines())
        .as(child.told())
        .noneMatch(line -> line.startsWith("[weft]") || line.contains("dev.weft"));
  }

  private static Child prices(Jdk jdk, String service) {
    return mesh.member(jdk, service)
        .jar(Built.sample("prices"), "--server.port=0", "--server.address=127.0.0.1");
  }

  private static int port(Child child) {
    return Integer.parseInt(child.awaitOut(".*Netty started on port (\\d+) .*"));
  }

  private static boolean connected(Caller caller, Child server) throws IOException {
    return !ProcNet.between(caller.child(), server).isEmpty();
  }

  private static List<Object> ports(String service) {
    return mesh.admin().get("/api/v1/instances?service=" + service).items().stream()
        .map(instance -> instance.get("ports"))
        .toList();
  }

  private static String get(int port, String path) throws IOException {
    return RawHttp.plaintext(port, "GET " + path + " HTTP/1.1", "Host: x");
  }

  private static void apply(String yaml) {
    Admin.Reply applied = mesh.admin().apply(yaml);
    assertThat(applied.status()).as(applied.body()).isEqualTo(200);
  }
}

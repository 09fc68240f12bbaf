package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A port that takes mesh TLS alone, and whoever comes to it from outside. */
class StrictPortTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  enum Server {
    HTTPSERVER,
    TOMCAT
  }

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Server.class)
  void outsidersAreRefusedAndCallersGoOn(Server server) throws Exception {
    String service = "orders-" + server.name().toLowerCase(Locale.ROOT);
    Child child = start(server, service);
    int port = child.port();
    mesh.awaitReady(service, 1);
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    caller.start(2, "http://" + service + "/load");

    assertThat(get(port, "/before")).startsWith("HTTP/1.1 200").contains("name=it");
    apply(service);
    Await.until("it is strict", () -> get(port, "/").startsWith("HTTP/1.1 403"));

    String refused = get(port, "/secret");
    assertThat(refused)
        .startsWith("HTTP/1.1 403")
        .containsIgnoringCase("content-type: application/problem+json")
        .containsIgnoringCase("proxy-status: weft")
        .contains("PeerAuthentication", "default/strict-" + service);
    assertThat(RawHttp.plaintext(port, "POST /secret HTTP/1.1", "Host: x", "Content-Length: 0"))
        .startsWith("HTTP/1.1 403");

    String sni = service + ".default.weft.internal";
    Forge forge = new Forge();
    SSLContext forged = Forge.context(forge.leaf("spiffe://weft.internal/ns/default/sa/shop"));
    isRefused(port, Forge.anonymous(), "TLSv1.3", sni);
    isRefused(port, forged, "TLSv1.3", sni);
    isRefused(port, forged, "TLSv1.2", sni);
    isRefused(port, Forge.anonymous(), "TLSv1.3", "outside.example");

    for (String probe : new String[] {"/healthz", "/readyz", "/livez", "/actuator/health/x"}) {
      assertThat(get(port, probe)).as(probe).startsWith("HTTP/1.1 200").contains("name=it");
      assertThat(RawHttp.plaintext(port, "HEAD " + probe + " HTTP/1.1", "Host: x"))
          .startsWith("HTTP/1.1 200");
      assertThat(
              RawHttp.plaintext(
                  port, "POST " + probe + " HTTP/1.1", "Host: x", "Content-Length: 0"))
          .startsWith("HTTP/1.1 403");
    }
    for (String trick :
        new String[] {"/healthz/../secret", "/healthz%2f..%2fsecret", "//healthz"}) {
      assertThat(get(port, trick)).as(trick).doesNotStartWith("HTTP/1.1 200");
    }

    Caller.Tally tally = caller.stop();
    assertThat(tally.failed()).as(tally.text()).isZero();
    assertThat(caller.get("http://" + service + "/secret")).startsWith("200 name=it|");
    assertThat(child.outLines()).filteredOn(line -> line.contains("secret")).hasSize(1);
    assertThat(child.err()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Server.class)
  void headersThatOnlyTheMeshMaySetAreGone(Server server) throws Exception {
    String service = "open-" + server.name().toLowerCase(Locale.ROOT);
    Child child = start(server, service);
    mesh.awaitReady(service, 1);
    String seen =
        RawHttp.plaintext(
            child.port(),
            "GET / HTTP/1.1",
            "Host: x",
            "weft-timeout-ms: 5",
            "WEFT-Anything: forged",
            "X-Forwarded-Client-Cert: By=forged",
            "x-forwarded-client-cert: URI=forged",
            "weftless: kept",
            "X-Forwarded-For: kept");
    assertThat(seen).startsWith("HTTP/1.1 200").doesNotContain("forged").doesNotContain("-ms=");
    assertThat(seen.toLowerCase(Locale.ROOT)).contains("weftless=kept", "x-forwarded-for=kept");
  }

  @ParameterizedTest
  @EnumSource(Server.class)
  void theApplicationIsShownItsCallerIfItAsksForThat(Server server) throws Exception {
    String service = "knowing-" + server.name().toLowerCase(Locale.ROOT);
    Child child = start(server, service, "-Dweft.forward.identity=true");
    mesh.awaitReady(service, 1);
    String callee = "By=spiffe://weft.internal/ns/default/sa/" + service;
    String called = mesh.caller(JDK, Caller.Library.HTTP_CLIENT).get("http://" + service + "/whom");
    assertThat(called)
        .containsPattern(
            "(?i)x-forwarded-client-cert="
                + Pattern.quote(callee)
                + ";Hash=[0-9a-f]{64};URI=spiffe://weft.internal/ns/default/sa/shop");
    assertThat(
            RawHttp.plaintext(
                child.port(), "GET / HTTP/1.1", "Host: x", "X-Forwarded-Client-Cert: URI=forged"))
        .startsWith("HTTP/1.1 200")
        .doesNotContainIgnoringCase("client-cert");
    assertThat(child.err()).isEmpty();
  }

  private static Child start(Server server, String service, String... options) {
    Launch launch = mesh.member(JDK, service, "it");
    for (String option : options) {
      launch.option(option);
    }
    return server == Server.TOMCAT
        ? launch.main(Built.programsAndLibraries(), "programs.TomcatServer", "it", "0")
        : launch.main(Built.programs(), "programs.JdkServer", "it", "0");
  }

  private static String get(int port, String path) throws IOException {
    return RawHttp.plaintext(port, "GET " + path + " HTTP/1.1", "Host: x");
  }

  private static void isRefused(int port, SSLContext context, String protocol, String sni) {
    assertThatThrownBy(
            () -> {
              String answer =
                  RawHttp.tls(port, context, protocol, sni, "GET /secret HTTP/1.1", "Host: x");
              if (answer.isEmpty()) {
                throw new IOException("closed without an answer");
              }
            })
        .as("%s to %s", protocol, sni)
        .isInstanceOf(IOException.class);
  }

  private static void apply(String service) throws IOException {
    Path file = SANDBOX.folder().resolve(service + ".yaml");
    Files.writeString(
        file,
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: strict-%1$s
        spec:
          selector:
            matchLabels:
              app: %1$s
          mtls:
            mode: STRICT
        """
            .formatted(service));
    Child applied = mesh.cli("apply", "-f", file.toString());
    assertThat(applied.exit()).as(applied.told()).isZero();
  }
}

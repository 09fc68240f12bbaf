package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** With a floor, what the mesh cannot guard does not serve, and says why. */
class FloorTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  enum Server {
    HTTPSERVER,
    TOMCAT
  }

  @ParameterizedTest
  @CsvSource({"JDK_17, HTTPSERVER", "JDK_17, TOMCAT", "JDK_25, HTTPSERVER", "JDK_25, TOMCAT"})
  void aMeshThatCannotStartLetsNobodyIn(Jdk jdk, Server server) throws Exception {
    Child closed = serve(server, strict(jdk, "orders").option(withoutTls13()));
    refuses(closed, "weft.mtls.floor=STRICT");
    assertThat(closed.errLines()).anyMatch(line -> line.contains("ERROR the mesh did not start"));

    Child open = serve(server, named(jdk, "orders").option(withoutTls13()));
    assertThat(get(open, "/")).startsWith("HTTP/1.1 200");
  }

  @ParameterizedTest
  @CsvSource({
    "JDK_17, HTTPSERVER, Orders_1",
    "JDK_17, TOMCAT, ''",
    "JDK_25, HTTPSERVER, ''",
    "JDK_25, TOMCAT, Orders_1"
  })
  void aProcessWithoutAValidNameLetsNobodyIn(Jdk jdk, Server server, String name) throws Exception {
    Child child = serve(server, strict(jdk, name));
    refuses(child, "weft.mtls.floor=STRICT");
    assertThat(child.err()).contains("ERROR no valid service name");
  }

  @Test
  void aProgramWithoutANameThatServesNothingIsLeftAlone() throws Exception {
    Child server =
        new Launch(SANDBOX, Jdk.JDK_17, "out")
            .main(Built.programs(), "programs.JdkServer", "out", "0");
    Caller caller = Caller.start(strict(Jdk.JDK_17, ""), Caller.Library.HTTP_CLIENT);
    assertThat(caller.get("http://127.0.0.1:" + server.port() + "/")).startsWith("200 name=out|");
    assertThat(caller.child().err()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aServerThatIsOlderThanTheAgentLetsNobodyIn(Jdk jdk) throws Exception {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", "programs.EarlyServer");
    Path jar = SANDBOX.folder().resolve("early-" + jdk + ".jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    Launch both = strict(jdk, "orders").optionFirst("-javaagent:" + jar);
    Child child = serve(Server.HTTPSERVER, both);
    child.port();
    int port = Integer.parseInt(child.awaitOut("early on (\\d+)"));
    assertThat(RawHttp.plaintext(port, "GET / HTTP/1.1", "Host: x"))
        .startsWith("HTTP/1.1 403")
        .contains("weft.mtls.floor=STRICT");
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void connectorsThatNobodyGuardsDoNotAccept(Jdk jdk) throws Exception {
    for (String protocol :
        new String[] {"org.apache.coyote.http11.Http11Nio2Protocol", "AJP/1.3"}) {
      int port = Ports.free();
      Child child =
          strict(jdk, "orders")
              .main(
                  Built.programsAndLibraries(),
                  "programs.TomcatServer",
                  "it",
                  String.valueOf(port),
                  protocol);
      child.awaitOut("listening on -1"); // so says Tomcat, which goes on without that connector
      assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
          .isInstanceOf(ConnectException.class);
      String kind = protocol.startsWith("AJP") ? "AJP" : "NIO2";
      assertThat(child.err())
          .contains(kind + " connector of tomcat on port " + port + " does not accept")
          .contains("weft.mtls.floor=STRICT");
    }
    Child https = strict(jdk, "orders").main(Built.programs(), "programs.SecureJdkServer", "0");
    assertThat(https.exit()).as(https.told()).isNotZero();
    assertThat(https.err()).contains("HttpsServer of jdk-httpserver on port ", "does not accept");
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void theHouseMayLetItsOwnTlsIn(Jdk jdk) {
    Launch launch = strict(jdk, "orders").with("WEFT_MTLS_OWN_TLS", "allowed");
    Child https = launch.main(Built.programs(), "programs.SecureJdkServer", "0");
    https.port();
    assertThat(https.err()).contains("WARN HttpsServer of jdk-httpserver on port " + https.port());
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aNewVersionOfTomcatWithoutOneOfTheMethodsDoesNotServe(Jdk jdk) throws Exception {
    String doctored =
        Doctored.tomcat(
            Built.programsAndLibraries(), SANDBOX.folder(), "prepareResponse", "prepareResponsf");
    Child open = named(jdk, "orders").main(doctored, "programs.TomcatServer", "it", "0");
    assertThat(get(open, "/")).startsWith("HTTP/1.1 200");
    assertThat(open.err())
        .contains("WARN org.apache.coyote.http11.Http11Processor is not woven as it should be");

    Child closed = strict(jdk, "orders").main(doctored, "programs.TomcatServer", "it", "0");
    assertThat(answer(closed, "/")).isEmpty();
    assertThat(closed.out()).doesNotContain("GET /");
    assertThat(closed.err())
        .contains("WARN org.apache.coyote.http11.Http11Processor is not woven as it should be");
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aNewJdkWithoutOneOfTheMethodsDoesNotServe(Jdk jdk) throws Exception {
    String patch =
        "--patch-module=jdk.httpserver="
            + Doctored.jdkServer(jdk, SANDBOX.folder(), "setState", "setStatf");
    Child open = serve(Server.HTTPSERVER, named(jdk, "orders").option(patch));
    assertThat(get(open, "/")).startsWith("HTTP/1.1 200");
    assertThat(open.err())
        .contains("WARN sun.net.httpserver.HttpConnection is not woven as it should be");

    Child closed = serve(Server.HTTPSERVER, strict(jdk, "orders").option(patch));
    assertThat(answer(closed, "/")).isEmpty();
    assertThat(closed.out()).doesNotContain("GET /");
    assertThat(closed.err())
        .contains("WARN sun.net.httpserver.HttpConnection is not woven as it should be");
  }

  @ParameterizedTest
  @CsvSource({"JDK_17, TOMCAT", "JDK_25, HTTPSERVER"})
  void allIsDeniedUntilTheFirstPolicyIsKnown(Jdk jdk, Server server) throws Exception {
    Mesh mesh = Mesh.start(SANDBOX);
    String service = "orders-" + server.name().toLowerCase(Locale.ROOT);
    int port = Ports.free();
    Child early =
        serve(
            server,
            named(jdk, service)
                .with("WEFT_AUTHORIZATION_FLOOR", "DENY")
                .with("WEFT_COORDINATOR", "127.0.0.1:" + port));
    assertThat(get(early, "/"))
        .startsWith("HTTP/1.1 403")
        .contains("rule=weft.authorization.floor")
        .contains("no policy is known yet");
    assertThat(get(early, "/healthz")).startsWith("HTTP/1.1 200");

    Child late = serve(server, mesh.member(jdk, service).with("WEFT_AUTHORIZATION_FLOOR", "DENY"));
    mesh.awaitReady(service, 1);
    Await.until("policy is known", () -> get(late, "/").startsWith("HTTP/1.1 200"));
  }

  @Test
  void whatIsNotGuardedIsListedWithTheAgents() throws Exception {
    Mesh mesh = Mesh.start(SANDBOX);
    String doctored =
        Doctored.tomcat(
            Built.programsAndLibraries(), SANDBOX.folder(), "prepareResponse", "prepareResponsf");
    Child tomcat =
        mesh.member(Jdk.JDK_17, "orders").main(doctored, "programs.TomcatServer", "it", "0");
    assertThat(get(tomcat, "/")).startsWith("HTTP/1.1 200");
    Child https =
        mesh.member(Jdk.JDK_17, "stock").main(Built.programs(), "programs.SecureJdkServer", "0");
    String server = "HttpsServer of jdk-httpserver on port " + https.port();
    Await.until(
        "both are listed",
        () -> {
          Child listed = mesh.cli("agents");
          assertThat(listed.exit()).as(listed.told()).isZero();
          return listed.told().contains("tomcat: org.apache.coyote.http11.Http11Processor")
              && listed.told().contains(server + ": the mesh cannot guard it");
        });
  }

  private static Launch named(Jdk jdk, String service) {
    return new Launch(SANDBOX, jdk, "server").agent().with("WEFT_SERVICE", service);
  }

  private static Launch strict(Jdk jdk, String service) {
    return named(jdk, service).with("WEFT_MTLS_FLOOR", "STRICT");
  }

  private static Child serve(Server server, Launch launch) {
    return server == Server.TOMCAT
        ? launch.main(Built.programsAndLibraries(), "programs.TomcatServer", "it", "0")
        : launch.main(Built.programs(), "programs.JdkServer", "it", "0");
  }

  /** As a hardened machine has it, by mistake. */
  private static String withoutTls13() throws IOException {
    Path file = SANDBOX.folder().resolve("security.properties");
    Files.writeString(file, "jdk.tls.disabledAlgorithms=TLSv1.3\n");
    return "-Djava.security.properties=" + file;
  }

  private static void refuses(Child child, String floor) throws IOException {
    for (String path : new String[] {"/", "/healthz"}) {
      assertThat(get(child, path))
          .startsWith("HTTP/1.1 403")
          .containsIgnoringCase("proxy-status: weft")
          .contains(floor);
    }
    assertThat(child.out().toLowerCase(Locale.ROOT)).doesNotContain("get /");
  }

  private static String get(Child child, String path) throws IOException {
    return RawHttp.plaintext(child.port(), "GET " + path + " HTTP/1.1", "Host: x");
  }

  /** As {@link #get}, of a server that may hang up. */
  private static String answer(Child child, String path) {
    try {
      return get(child, path);
    } catch (IOException e) {
      return "";
    }
  }
}

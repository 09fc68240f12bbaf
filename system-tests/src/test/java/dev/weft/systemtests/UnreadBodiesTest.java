package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Servers in other languages behind the proxy, whose handlers read bodies, read half of them, and
 * do not read them: each is asked for exactly what was decided about. A body here is a request.
 */
class UnreadBodiesTest {
  private static final Jdk JDK = Jdk.JDK_17;
  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: x\r\nx: y\r\n\r\n";

  /** Half of it, and half of that, begin with a request, too. */
  private static final String BODY = SMUGGLED.repeat(8);

  private enum Program {
    PYTHON,
    NODE,
    GO;

    List<String> command(int port) {
      Path folder = Built.TARGET.resolveSibling("src/main").toAbsolutePath();
      return switch (this) {
        case PYTHON -> List.of("python3", Built.python("echo.py").toString(), "" + port);
        case NODE -> List.of("node", folder.resolve("node/echo.js").toString(), "" + port);
        case GO -> List.of(goProgram(folder.resolve("go/echo.go")).toString(), "" + port);
      };
    }

    boolean isThere() {
      String tool = name().toLowerCase(Locale.ROOT).replace("python", "python3");
      return Stream.of(System.getenv("PATH").split(File.pathSeparator))
          .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }

    String service() {
      return "echo-" + name().toLowerCase(Locale.ROOT);
    }
  }

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  private static Path goProgram(Path source) {
    Path program = SANDBOX.folder().resolve("echo-go");
    Child go =
        Launch.command(
            SANDBOX,
            "go-build",
            Map.of(
                "PATH",
                System.getenv("PATH"),
                "HOME",
                SANDBOX.folder().toString(),
                "GOCACHE",
                Built.TARGET.resolve("go-cache").toAbsolutePath().toString(),
                "GOTOOLCHAIN",
                "local",
                "GO111MODULE",
                "off",
                "CGO_ENABLED",
                "0"),
            List.of("go", "build", "-o", program.toString(), source.toString()));
    // The first one compiles Go's own library.
    assertThat(go.exit(Duration.ofMinutes(3))).as(go.told()).isZero();
    return program;
  }

  @ParameterizedTest
  @EnumSource(Program.class)
  void itIsAskedForExactlyWhatWasDecidedAbout(Program program) throws Exception {
    // Where CI is set it is tried all the same, and fails: nothing is left untested there.
    assumeTrue(
        program.isThere() || "true".equals(System.getenv("CI")),
        program + " is not installed; bin/test says so, too");
    String service = program.service();
    int port = Ports.free();
    Child child =
        mesh.proxied(JDK, service, service, Map.of(), port, List.of(), program.command(port));
    child.awaitOut("listening");
    mesh.awaitReady(service, 1);
    String said = child.err().lines().filter(line -> line.contains(": inbound ")).findFirst().get();
    int inbound = Integer.parseInt(said.replaceAll(".*: inbound [0-9.]+:(\\d+) .*", "$1"));

    List<String> decided = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      for (String path : List.of("/read", "/half", "/ignore")) {
        for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
          for (String body : List.of(byLength(), inChunks())) {
            decided.addAll(exchange(inbound, method, path, body));
          }
        }
        decided.addAll(exchange(inbound, "HEAD", path, byLength()));
      }
    }

    strict(service);
    Await.until(
        service + " is strict", () -> ask(inbound, "GET /x", "\r\n").startsWith("HTTP/1.1 403"));
    for (String more : List.of(byLength(), inChunks(), "Expect: 100-continue\r\n\r\n")) {
      assertThat(ask(inbound, "GET /healthz", more)).startsWith("HTTP/1.1 403");
    }
    assertThat(ask(inbound, "GET /healthz", "\r\n")).startsWith("HTTP/1.1 200");

    List<String> asked =
        child.outLines().stream()
            .filter(line -> line.startsWith("asked "))
            .map(line -> line.substring("asked ".length()))
            // Those who wait for STRICT ask until it is.
            .filter(line -> !line.equals("GET /x"))
            .toList();
    decided.add("GET /healthz");
    assertThat(asked).containsExactlyInAnyOrderElementsOf(decided);
  }

  private static String byLength() {
    return "Content-Length: " + BODY.length() + "\r\n\r\n" + BODY;
  }

  private static String inChunks() {
    String size = Integer.toHexString(BODY.length());
    return "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + BODY + "\r\n0\r\n\r\n";
  }

  /** One request with a body and one without on one connection; returns them as they are logged. */
  private static List<String> exchange(int port, String method, String path, String body)
      throws IOException {
    String first = method + " " + path;
    try (Socket socket = open(port)) {
      send(socket, first + " HTTP/1.1\r\nHost: x\r\n" + body);
      send(socket, "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      String answers = all(socket);
      assertThat(answers.split("HTTP/1\\.1 200", -1)).as(answers).hasSize(3);
    }
    return List.of(first, "GET /next");
  }

  /** All that comes back for one request. */
  private static String ask(int port, String line, String more) throws IOException {
    try (Socket socket = open(port)) {
      send(socket, line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + more);
      return all(socket);
    }
  }

  private static Socket open(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static void send(Socket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static String all(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  private static void strict(String service) {
    Admin.Reply reply =
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
                    .formatted(service, service));
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
  }
}

package dev.weft.perf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A coordinator of this run's own, on free ports, with its home in the run's folder. */
final class Mesh implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Setup setup;
  private final Path home;
  private final int adminPort;
  private final int meshPort;
  private final URI admin;
  private int starts;
  private Jvm coordinator;

  private Mesh(Setup setup) throws IOException {
    this.setup = setup;
    this.home = setup.folder().resolve("home");
    this.adminPort = Setup.freePort();
    this.meshPort = Setup.freePort();
    this.admin = URI.create("http://127.0.0.1:" + adminPort);
    this.coordinator = launch();
  }

  static Mesh start(Setup setup) throws IOException, InterruptedException {
    Mesh mesh = new Mesh(setup);
    boolean done = false;
    try {
      mesh.awaitReady();
      done = true;
      return mesh;
    } finally {
      if (!done) {
        mesh.close();
      }
    }
  }

  private Jvm launch() throws IOException {
    return Jvm.start(
        "coordinator" + (starts++ == 0 ? "" : "-" + starts),
        setup.folder(),
        Map.of("WEFT_HOME", home.toString()),
        List.of(
            setup.java().toString(),
            "-jar",
            setup.control().toString(),
            "coordinator",
            "--data",
            setup.folder().resolve("coordinator").toString(),
            "--admin",
            "127.0.0.1:" + adminPort,
            "--mesh",
            "127.0.0.1:" + meshPort));
  }

  /** As a machine's fault does it: without a goodbye. */
  void kill() throws InterruptedException {
    coordinator.kill();
  }

  /** Once more, with the same ports and data. */
  void startAgain() throws IOException {
    coordinator = launch();
  }

  void awaitReady() throws InterruptedException {
    await("coordinator that is ready", this::isReady);
  }

  String meshAddress() {
    return "127.0.0.1:" + meshPort;
  }

  /** The developer's token, which is good for any service. */
  String joinToken() throws IOException {
    return Files.readString(home.resolve("join-token")).strip();
  }

  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private void await(String what, Condition condition) throws InterruptedException {
    long until = System.nanoTime() + START.toNanos();
    while (true) {
      try {
        if (condition.holds()) {
          return;
        }
      } catch (IOException e) {
        if (!coordinator.isAlive() || System.nanoTime() > until) {
          throw new IllegalStateException(
              "there is no " + what + " (see " + coordinator.name() + ".log): " + e, e);
        }
      }
      if (System.nanoTime() > until) {
        throw new IllegalStateException(
            "there is no " + what + " after " + START.toSeconds() + " s");
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }

  private boolean isReady() throws IOException, InterruptedException {
    return Files.exists(home.resolve("admin-token"))
        && Files.exists(home.resolve("join-token"))
        && http.send(
                    HttpRequest.newBuilder(admin.resolve("/readyz")).build(),
                    HttpResponse.BodyHandlers.discarding())
                .statusCode()
            == 200;
  }

  private HttpResponse<String> send(String path, HttpRequest.BodyPublisher body, String method)
      throws IOException, InterruptedException {
    String token = Files.readString(home.resolve("admin-token")).strip();
    return http.send(
        HttpRequest.newBuilder(admin.resolve(path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/yaml")
            .method(method, body)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** From now on the service takes nothing but mesh TLS. */
  void requireMutualTls(String service) throws IOException, InterruptedException {
    apply(
        """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %1$s
        spec:
          selector:
            matchLabels:
              app: %1$s
          mtls:
            mode: STRICT
        """
            .formatted(service));
  }

  /** As {@code weft apply} does it, all or nothing. */
  void apply(String yaml) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send("/api/v1/apply", HttpRequest.BodyPublishers.ofString(yaml), "POST");
    if (answer.statusCode() / 100 != 2) {
      throw new IllegalStateException("policy was not applied: " + answer.body());
    }
  }

  /**
   * Waits until the service's instance is known, and refuses plaintext: what is measured after this
   * cannot be plaintext.
   */
  void awaitInstance(String service, int port) throws InterruptedException {
    await(
        "instance of " + service,
        () -> {
          HttpResponse<String> answer =
              send(
                  "/api/v1/instances?service=" + service,
                  HttpRequest.BodyPublishers.noBody(),
                  "GET");
          return answer.statusCode() == 200
              && answer.body().contains("READY")
              && answer.body().contains(Integer.toString(port));
        });
    await(service + " that refuses plaintext", () -> refusesPlaintext(port));
  }

  /** Waits until a proxy takes connections of its program. */
  void awaitProxy(int port) throws InterruptedException {
    await(
        "proxy on port " + port,
        () -> {
          new Socket(InetAddress.getLoopbackAddress(), port).close();
          return true;
        });
  }

  private static boolean refusesPlaintext(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      InputStream in = socket.getInputStream();
      String status = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
      return !status.endsWith(" 200");
    }
  }

  /** What a process needs to join as {@code service}. */
  Map<String, String> environment(String service) {
    return Map.of(
        "WEFT_SERVICE",
        service,
        "WEFT_HOME",
        home.toString(),
        "WEFT_COORDINATOR",
        "127.0.0.1:" + meshPort);
  }

  long pid() {
    return coordinator.pid();
  }

  @Override
  public void close() {
    coordinator.close();
  }
}

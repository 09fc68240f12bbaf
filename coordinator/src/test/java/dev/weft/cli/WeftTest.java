package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.weft.coordinator.admin.AdminOptions;
import dev.weft.coordinator.admin.AdminServer;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The way to the coordinator, and what all commands have. */
class WeftTest extends AbstractWeftTest {
  @Test
  void notReachable() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    environment.put("WEFT_ADMIN", "http://127.0.0.1:" + free + "/");
    assertThat(weft("services"))
        .isEqualTo(
            new Result(
                1,
                "",
                "error: coordinator not reachable at http://127.0.0.1:"
                    + free
                    + ": start it with `weft coordinator`, or say where it is with WEFT_ADMIN\n"));
    environment.put("WEFT_ADMIN", "127.0.0.1:7470");
    assertThat(weft("services").err())
        .isEqualTo("error: WEFT_ADMIN: 127.0.0.1:7470 (expected: http://HOST:PORT)\n");
  }

  @Test
  void theToken() throws Exception {
    environment.put("WEFT_HOME", directory.resolve("elsewhere").toString());
    Result missing = weft("services");
    assertThat(missing.code()).isEqualTo(1);
    assertThat(missing.err())
        .startsWith(
            "error: admin token: " + directory.resolve("elsewhere/admin-token") + " is missing");
    environment.put("WEFT_ADMIN_TOKEN", "x".repeat(43));
    assertThat(weft("services").err())
        .startsWith(
            "error: admin token: not sent to " + admin.server.address() + ", which does not")
        .contains("it was taken from WEFT_ADMIN_TOKEN;");
    environment.put("WEFT_ADMIN_TOKEN", admin.token());
    assertThat(weft("services").code()).isZero();
  }

  /** Somebody else's, who came first; he may know where the coordinator listens, too. */
  @Test
  void toAnotherServer_theTokenIsNotSent() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    HttpClient client = HttpClient.newHttpClient();
    HttpServer thief = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    thief.createContext(
        "/",
        exchange -> {
          heard.add(exchange.getRequestURI() + " " + exchange.getRequestHeaders().entrySet());
          try {
            HttpResponse<byte[]> handedOn =
                client.send(
                    HttpRequest.newBuilder(
                            URI.create(admin.server.address() + exchange.getRequestURI()))
                        .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(handedOn.statusCode(), handedOn.body().length);
            exchange.getResponseBody().write(handedOn.body());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            exchange.close();
          }
        });
    thief.start();
    try {
      String address = "http://127.0.0.1:" + thief.getAddress().getPort();
      environment.put("WEFT_ADMIN", address);
      Result result = weft("services");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err()).startsWith("error: admin token: not sent to " + address);
      assertThat(heard)
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith("/api/v1/proof?nonce=")
          .doesNotContain(admin.token());
    } finally {
      thief.stop(0);
    }
    environment.put("WEFT_ADMIN", admin.server.address());
    assertThat(weft("services").code()).isZero();
  }

  /**
   * Nor does it get the command's memory; it is no coordinator as long as it has proven nothing.
   */
  @Test
  void anAnswerWithoutAnEnd_isGivenUp() throws Exception {
    AtomicLong sent = new AtomicLong();
    HttpServer endless = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    endless.createContext(
        "/",
        exchange -> {
          byte[] piece = new byte[64 * 1024];
          exchange.sendResponseHeaders(200, 0);
          while (sent.addAndGet(piece.length) < 100_000_000) {
            exchange.getResponseBody().write(piece);
          }
          exchange.close();
        });
    endless.start();
    try {
      environment.put("WEFT_ADMIN", "http://127.0.0.1:" + endless.getAddress().getPort());
      Result result = weft("services");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err()).contains("an answer of more than 16384 bytes");
    } finally {
      endless.stop(0);
    }
    assertThat(sent.get()).isLessThan(100_000_000);
  }

  @Test
  void tls_withACertificateOfItsOwn() throws Exception {
    AdminOptions.Tls tls = certificate(directory, "dns:localhost,ip:127.0.0.1");
    try (AdminServer server = admin.start(new AdminOptions("127.0.0.1", 0, admin.home, tls))) {
      environment.put("WEFT_ADMIN", server.address());
      assertThat(server.address()).startsWith("https://127.0.0.1:");
      assertThat(weft("services").err())
          .startsWith("error: no TLS with " + server.address())
          .contains("WEFT_ADMIN_CA");
      environment.put("WEFT_ADMIN_CA", tls.certificate().toString());
      assertThat(weft("services"))
          .isEqualTo(new Result(0, "", "no services in namespace default\n"));
      environment.put("WEFT_ADMIN", "https://localhost:" + server.port());
      assertThat(weft("services").code()).isZero();
    }
    environment.put("WEFT_ADMIN_CA", directory.resolve("none").toString());
    assertThat(weft("services").err()).startsWith("error: WEFT_ADMIN_CA: ");
  }

  /** As an operator would make one, by keytool; the key as PKCS#8 PEM. */
  private static AdminOptions.Tls certificate(Path directory, String names) throws Exception {
    Path store = directory.resolve("admin.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=admin",
                "-ext",
                "san=" + names,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    return new AdminOptions.Tls(
        pem(directory.resolve("admin.pem"), "CERTIFICATE", keys.getCertificate("a").getEncoded()),
        pem(
            directory.resolve("admin.key"),
            "PRIVATE KEY",
            keys.getKey("a", "changeit".toCharArray()).getEncoded()));
  }

  private static Path pem(Path file, String type, byte[] der) throws Exception {
    return Files.writeString(
        file,
        "-----BEGIN "
            + type
            + "-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END "
            + type
            + "-----\n");
  }

  @Test
  void usage() {
    for (String[] args :
        List.of(
            new String[] {},
            new String[] {"nope"},
            new String[] {"get"},
            new String[] {"get", "foo"},
            new String[] {"get", "pa", "-o", "xml"},
            new String[] {"get", "pa", "-n", "Bad"},
            new String[] {"get", "pa", "x", "-A"},
            new String[] {"get", "agents", "x"},
            new String[] {"apply"},
            new String[] {"delete"},
            new String[] {"delete", "pa"},
            new String[] {"delete", "pa", "x", "-f", "y"},
            new String[] {"token"},
            new String[] {"token", "create"},
            new String[] {"ca"},
            new String[] {"ca", "rotate", "now"},
            new String[] {"rollback", "x"},
            new String[] {"top", "--interval", "0"},
            new String[] {"top", "--interval", "-1", "--once"},
            new String[] {"token", "create", "--service", "Bad_Name"},
            new String[] {"token", "create", "--service", "a", "--ttl", "soon"},
            new String[] {"token", "create", "--service", "a", "--uses", "0"},
            new String[] {"token", "create", "--service", "a", "-n", "weft-system"},
            new String[] {"certificate", "revoke", "--serial", "xyz"},
            new String[] {"certificate", "revoke", "--service", "a", "-n", "weft-system"},
            new String[] {"explain", "a/b/c", "GET", "http://orders/"},
            new String[] {"revisions", "--limit", "0"},
            new String[] {"get", "pa", "Bad_Name"},
            new String[] {"strict", "Bad_Name"},
            new String[] {"coordinator", "--admin", "7470"},
            new String[] {"coordinator", "--mesh-name", "Bad_Name"},
            new String[] {"coordinator", "--trust-domain", "Bad!"},
            new String[] {"coordinator", "--ca-key", "a", "--ca-passphrase", "b"},
            new String[] {"coordinator", "--mesh", "::1:7471"},
            new String[] {"coordinator", "--admin-tls-cert", "x"})) {
      Result result = weft(args);
      assertThat(result.code()).as(String.join(" ", args)).isEqualTo(2);
      assertThat(result.out()).isEmpty();
      assertThat(result.err()).startsWith("error: ").doesNotContain("\tat ");
    }
  }

  static List<String> commands() {
    List<String> names = new ArrayList<>();
    CommandLine line = new CommandLine(new Weft(null), new Factory());
    collect(line, "", names);
    return names;
  }

  private static void collect(CommandLine line, String prefix, List<String> names) {
    names.add(prefix);
    line.getSubcommands()
        .forEach(
            (name, sub) -> {
              if (!name.equals("help")) {
                collect(sub, (prefix + " " + name).strip(), names);
              }
            });
  }

  /** Makes commands that are not run. */
  private static final class Factory implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        return type.getDeclaredConstructor(Terminal.class).newInstance((Terminal) null);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelp_withExamples(String command) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.removeIf(String::isEmpty);
    args.add("--help");
    Result result = weft(args.toArray(String[]::new));
    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).startsWith("Usage: weft" + (command.isEmpty() ? "" : " " + command));
    if (!command.isEmpty()) {
      assertThat(result.out()).contains("Examples:").contains("weft " + command);
    }
    assertThat(result.out().lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void version() {
    assertThat(weft("version").out()).startsWith("weft ");
    assertThat(weft("--version").out()).isEqualTo(weft("version").out());
  }
}

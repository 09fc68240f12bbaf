package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may ask, over what. */
class AdminAccessTest extends AbstractAdminTest {
  @Test
  void withoutTheToken_nothingButTheProbes() throws Exception {
    for (String authorization :
        List.of(
            "",
            "Bearer",
            "Bearer x",
            "Basic abc",
            admin.token(),
            "Bearer " + admin.token() + "x")) {
      Answer answer = raw("GET /api/v1/resources", "localhost", authorization);
      assertThat(answer.status()).as(authorization).isEqualTo(401);
      assertThat(answer.header("www-authenticate")).isEqualTo("Bearer realm=\"weft\"");
      assertThat(answer.at("type")).isEqualTo("urn:weft:problem:unauthorized");
    }
    for (String path : List.of("/metrics", "/openapi.json", "/nope", "/", "/api/v1/tokens")) {
      assertThat(raw("GET " + path, "localhost", "").status()).as(path).isEqualTo(401);
    }
    assertThat(raw("POST /healthz", "localhost", "").status()).isEqualTo(401);
    assertThat(raw("GET /healthz", "localhost", "").status()).isEqualTo(200);
    Answer ready = raw("GET /readyz", "localhost", "");
    assertThat(ready.status()).isEqualTo(200);
    assertThat(ready.at("status")).isEqualTo("ready");
    assertThat(raw("GET /healthz?x=1", "localhost", "").status()).isEqualTo(400);
    String nonce = "n".repeat(16);
    Answer proof = raw("GET /api/v1/proof?nonce=" + nonce, "localhost", "");
    assertThat(proof.at("proof"))
        .isEqualTo(AdminProof.of(admin.token(), admin.server.port(), nonce))
        .isNotEqualTo(AdminProof.of(admin.token(), admin.server.port() + 1, nonce));
    assertThat(raw("GET /api/v1/proof?nonce=short", "localhost", "").status()).isEqualTo(400);
  }

  @Test
  void whoNeedsNoToken_getsNoMemoryEither() throws Exception {
    for (String path : List.of("/healthz", "/readyz", "/api/v1/proof?nonce=" + "n".repeat(16))) {
      assertThat(send("GET", path, null, "x".repeat(1000)).status()).as(path).isEqualTo(200);
      assertThat(send("GET", path, null, "x".repeat(100_000)).status()).as(path).isEqualTo(413);
    }
  }

  /** Or what waits for an answer, and the answers that nobody takes, would fill the heap. */
  @Test
  void whoSendsRequestsAndTakesNoAnswers_isHungUpOn() throws Exception {
    byte[] many = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000).getBytes(UTF_8);
    try (Socket stranger = new Socket()) {
      stranger.setReceiveBufferSize(4 * 1024);
      stranger.connect(new InetSocketAddress("127.0.0.1", admin.server.port()));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  stranger.getOutputStream().write(many);
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(raw("GET /healthz", "localhost", "").status()).isEqualTo(200);
  }

  @Test
  void anotherHost_isMisdirected() throws Exception {
    String bearer = "Bearer " + admin.token();
    for (String host :
        List.of("localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:7470", "[::1]", "[::1]:7470")) {
      assertThat(raw("GET /api/v1/resources", host, bearer).status()).as(host).isEqualTo(200);
    }
    for (String host :
        List.of(
            "evil.example",
            "evil.example:7470",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "127.0.0.2",
            "[::2]")) {
      Answer answer = raw("GET /api/v1/resources", host, bearer);
      assertThat(answer.status()).as(host).isEqualTo(421);
      assertThat(answer.items("errors")).extracting(e -> e.get("value")).containsExactly(host);
      assertThat(raw("GET /healthz", host, "").status()).isEqualTo(421);
    }
  }

  @Test
  void theTokenIsForItsOwnerOnly() throws Exception {
    Path file = admin.home.resolve("admin-token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(admin.token()).hasSize(43);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(admin.home)))
        .isEqualTo("rwx------");
  }

  @Test
  void aTokenThatOthersCanRead_orThatIsNone_isRefused() throws Exception {
    Path home = Files.createDirectory(directory.resolve("bad"));
    Path file = Files.writeString(home.resolve("admin-token"), "x".repeat(43));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> AdminToken.loadOrCreate(home))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rw-r--r-- lets others read the admin token");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(AdminToken.loadOrCreate(home).matches("bearer " + "x".repeat(43))).isTrue();
    Files.writeString(file, "\n");
    assertThatThrownBy(() -> AdminToken.loadOrCreate(home))
        .hasMessageContaining("0 characters (expected: a token of at least 32");
  }

  @Test
  void openToTheNetwork_onlyWithTls() {
    for (String host : List.of("0.0.0.0", "::")) {
      assertThatThrownBy(() -> admin.start(new AdminOptions(host, 0, admin.home, null)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("admin address " + host + " is not loopback")
          .hasMessageContaining("--admin-tls-cert");
    }
  }

  @Test
  void aPortInUse_isNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> admin.start(new AdminOptions("127.0.0.1", port, admin.home, null)))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("admin address 127.0.0.1:" + port + " is in use");
    }
  }
}

package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Both ends of a call start again while no coordinator lives. */
class RestartTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @Test
  void whoKeptIdentityAndStateGoesOnEncrypted() throws Exception {
    Child server = server("0");
    int port = server.port();
    mesh.awaitReady("orders", 1);
    Caller caller = caller();
    assertThat(caller.get("http://orders/")).startsWith("200 name=it|");
    Admin.Reply reply =
        mesh.admin()
            .apply(
                """
                apiVersion: security.istio.io/v1
                kind: PeerAuthentication
                metadata: {name: everybody, namespace: default}
                spec: {mtls: {mode: STRICT}}
                """);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    Await.until("the policy is on disk", () -> saved("orders").contains("STRICT"));
    Await.until("the endpoint is on disk", () -> saved("shop").contains("\"port\":" + port));
    for (String service : new String[] {"orders", "shop"}) {
      assertThat(Files.getPosixFilePermissions(folder(service).resolve("identity")))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    mesh.coordinator().kill();
    mesh.coordinator().exit();
    for (Child child : new Child[] {server, caller.child()}) {
      child.kill();
      child.exit();
    }
    server(String.valueOf(port)).port();
    Caller again = caller();
    assertThat(again.get("http://orders/")).startsWith("200 name=it|");
    assertThat(RawHttp.plaintext(port, "GET / HTTP/1.1", "Host: x")).startsWith("HTTP/1.1 403");

    // And when it is back, all is as it was.
    mesh.startAgain();
    mesh.awaitReady("orders", 1);
    assertThat(again.many(20, "http://orders/").ok()).isEqualTo(20);
  }

  private static Child server(String port) {
    return keeping("orders").main(Built.programs(), "programs.JdkServer", "it", port);
  }

  private static Caller caller() {
    return Caller.start(keeping("shop"), Caller.Library.HTTP_CLIENT);
  }

  private static Launch keeping(String service) {
    return mesh.member(JDK, service)
        .with("WEFT_STATE_DIR", folder(service).toString())
        .with("WEFT_IDENTITY_STORE", "file");
  }

  private static Path folder(String service) {
    return SANDBOX.folder().resolve("state-" + service);
  }

  private static String saved(String service) throws IOException {
    return Files.readString(folder(service).resolve("snapshot"));
  }
}

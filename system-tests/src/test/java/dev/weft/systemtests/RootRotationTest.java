package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The root of the certificate authority is replaced under load, where nobody takes plaintext. */
class RootRotationTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX, "--certificate-ttl", "60s");
  }

  @Test
  void noCallFailsWhileTheRootRotates_andAnOldTokenStillJoins() throws Exception {
    mesh.admin()
        .apply(
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: default}
            spec: {mtls: {mode: STRICT}}
            """);
    mesh.server(JDK, "orders", "httpserver");
    mesh.tomcat(JDK, "stock", "tomcat");
    mesh.awaitReady("orders", 1);
    mesh.awaitReady("stock", 1);
    Child making = mesh.cli("token", "create", "--service", "late", "--ttl", "1h");
    assertThat(making.exit()).as(making.told()).isZero();
    String token = making.out().strip();
    String old = root();
    assertThat(home()).containsExactly(old);

    Caller first = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    Caller second = mesh.caller(JDK, Caller.Library.HTTP_URL_CONNECTION);
    first.start(2, "http://orders/load");
    second.start(2, "http://stock/load");

    Child rotating = mesh.cli("ca", "rotate", "--wait");
    Await.until(
        "the root is another one",
        Duration.ofMinutes(3),
        () -> {
          for (Caller caller : List.of(first, second)) {
            Caller.Tally tally = caller.tally();
            if (tally.failed() > 0) {
              throw new Await.Hopeless("calls failed: " + tally.text());
            }
          }
          return !rotating.alive();
        });
    assertThat(rotating.exit()).as(rotating.told()).isZero();

    String root = root();
    assertThat(root).isNotEqualTo(old);
    Await.until("ca.pem has the new root and no other", () -> home().equals(List.of(root)));

    // Who joins now has nothing but the old root's pin; nor does it know the files at home.
    Child late =
        mesh.member(JDK, "late", "late")
            .with("WEFT_HOME", SANDBOX.folder().resolve("elsewhere").toString())
            .with("WEFT_JOIN_TOKEN", token)
            .main(Built.programs(), "programs.JdkServer", "late", "0");
    mesh.awaitReady("late", 1);
    assertThat(mesh.caller(JDK, Caller.Library.HTTP_CLIENT).get("http://late/hello"))
        .as(late.told())
        .startsWith("200 ");

    for (Caller caller : List.of(first, second)) {
      Caller.Tally tally = caller.stop();
      assertThat(tally.failed()).as(tally.text()).isZero();
      assertThat(tally.ok()).as(tally.text()).isPositive();
      assertThat(caller.child().err()).isEmpty();
    }
    assertThat(rotating.out())
        .containsSubsequence(
            "\nDISTRIBUTING since ", "\nSIGNING since ", "\nRETIRING since ", "\nSTABLE since ")
        .contains("4 of 4 agents have certificates of the new root");
    assertThat(rotations()).containsExactly("STABLE", "RETIRING", "SIGNING", "DISTRIBUTING");
  }

  /** The fingerprint of the one root that is trusted. */
  private static String root() {
    Map<String, Object> tree = mesh.admin().get("/api/v1/ca").tree();
    List<String> trusted =
        ((List<?>) tree.get("roots"))
            .stream()
                .map(root -> (Map<?, ?>) root)
                .filter(root -> !"PINNED".equals(root.get("use")))
                .map(root -> String.valueOf(root.get("fingerprint")))
                .toList();
    assertThat(trusted).as(String.valueOf(tree)).hasSize(1);
    return trusted.get(0);
  }

  private static List<String> home() throws Exception {
    try (InputStream pem = Files.newInputStream(mesh.home().resolve("ca.pem"))) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(pem);
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      List<String> fingerprints = new java.util.ArrayList<>();
      for (Certificate one : all) {
        fingerprints.add(HexFormat.of().formatHex(sha256.digest(one.getEncoded())));
      }
      return fingerprints;
    }
  }

  /** What the audit has of it, the newest first. */
  private static List<String> rotations() {
    return mesh.admin().get("/api/v1/audit?limit=1000").items().stream()
        .filter(entry -> "ca.rotation".equals(entry.get("action")))
        .map(entry -> String.valueOf(entry.get("subject")))
        .toList();
  }
}

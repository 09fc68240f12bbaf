package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A lost key: what it was good for ends within seconds, and its owner goes on. */
class RevocationTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  private static String cli(String... arguments) throws IOException {
    Child child = mesh.cli(arguments);
    assertThat(child.exit()).as(child.out() + child.err()).isZero();
    return child.out().strip();
  }

  private static String serial(String service) {
    List<String> serials =
        mesh.admin().get("/api/v1/agents?service=" + service).items().stream()
            .map(agent -> String.valueOf(agent.get("certificateSerial")))
            .toList();
    return serials.size() == 1 ? serials.get(0) : "";
  }

  private static String strict(String service) {
    return """
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %s
        spec:
          selector:
            matchLabels:
              app: %s
          mtls:
            mode: STRICT
        """
        .formatted(service, service);
  }

  /** Its token went with it. */
  @ParameterizedTest
  @EnumSource(Caller.Library.class)
  void whoHasNoToken_isKeptOut(Caller.Library library) throws IOException {
    String suffix = library.name().toLowerCase(Locale.ROOT).replace('_', '-');
    String orders = "orders-" + suffix;
    String thief = "thief-" + suffix;
    mesh.server(JDK, orders, orders);
    mesh.awaitReady(orders, 1);
    assertThat(mesh.admin().apply(strict(orders)).status()).isEqualTo(200);
    String token = cli("token", "create", "--service", thief);
    Caller caller =
        Caller.start(mesh.member(JDK, thief, thief).with("WEFT_JOIN_TOKEN", token), library);
    String url = "http://" + orders + "/load";
    Await.until("it is let in", () -> caller.get(url).startsWith("200 "));

    cli("token", "revoke", token.split("\\.")[2]);
    assertThat(caller.get(url)).as("the certificate is another matter").startsWith("200 ");
    String revoked = serial(thief);
    assertThat(cli("certificate", "revoke", "--serial", revoked))
        .isEqualTo("certificate " + revoked + " revoked");

    Await.until("it is let in no more", () -> !caller.get(url).startsWith("200 "));
    for (int i = 0; i < 20; i++) {
      assertThat(caller.get(url)).doesNotStartWith("200 ");
    }
    Await.until("its stream is closed", () -> serial(thief).isEmpty());
    assertThat(cli("certificate", "revoked")).contains("certificate " + revoked);
  }

  @ParameterizedTest
  @EnumSource(Caller.Library.class)
  void aService_goesOnWithNewCertificates(Caller.Library library) throws IOException {
    String pay = "pay-" + library.name().toLowerCase(Locale.ROOT).replace('_', '-');
    mesh.server(JDK, pay, pay);
    mesh.awaitReady(pay, 1);
    assertThat(mesh.admin().apply(strict(pay)).status()).isEqualTo(200);
    Caller caller = mesh.caller(JDK, library);
    String url = "http://" + pay + "/load";
    Await.until("it is called", () -> caller.get(url).startsWith("200 "));
    String before = serial(pay);

    cli("certificate", "revoke", "--service", pay);

    Await.until("it has another", () -> !serial(pay).isEmpty() && !serial(pay).equals(before));
    Await.until("it is called again", () -> caller.get(url).startsWith("200 "));
    Caller.Tally after = caller.many(200, url);
    assertThat(after.failed()).as(after.text()).isZero();
  }
}

package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server's certificate ends, and nobody is there to renew it. */
class EndedCertificateTest {
  private static final Jdk JDK = Jdk.JDK_17;

  /** The server renews after half of it at the earliest; until then both callers have to start. */
  private static final Duration LIFE = Duration.ofSeconds(60);

  /** By so much the callers' certificates outlive the server's. */
  private static final Duration LATER = Duration.ofSeconds(6);

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX, "--certificate-ttl", LIFE.toSeconds() + "s");
  }

  @Test
  void noCallGoesOverAConnectionMadeWithIt() {
    mesh.server(JDK, "orders", "it");
    mesh.awaitReady("orders", 1);
    Instant end = issued("orders").plus(LIFE);
    Await.until(
        "there is time between the certificates",
        () -> Instant.now().isAfter(end.minus(LIFE).plus(LATER)));
    List<Caller> callers =
        List.of(
            mesh.caller(JDK, Caller.Library.HTTP_CLIENT),
            mesh.caller(JDK, Caller.Library.HTTP_URL_CONNECTION));
    for (Caller caller : callers) {
      assertThat(caller.get("http://orders/load")).startsWith("200 ");
    }
    assertThat(issued("orders")).as("not renewed yet").isEqualTo(end.minus(LIFE));
    mesh.coordinator().kill();
    mesh.coordinator().exit();

    for (Caller caller : callers) {
      String[] last = {""};
      Instant[] asked = {Instant.EPOCH};
      Await.until(
          "calls end with the certificate",
          () -> {
            asked[0] = Instant.now();
            last[0] = caller.get("http://orders/load");
            return !last[0].startsWith("200 ");
          });
      assertThat(Instant.now()).as(last[0]).isAfter(end.minusSeconds(1));
      assertThat(asked[0]).as("and not with the caller's own").isBefore(end.plus(LATER));
      assertThat(last[0]).as("it failed, and was not sent in plaintext").startsWith("failed ");
    }
    mesh.startAgain();
    for (Caller caller : callers) {
      Await.until("it is renewed", () -> caller.get("http://orders/load").startsWith("200 "));
    }
  }

  /** When the service was given its only certificate so far. */
  private static Instant issued(String service) {
    List<Map<String, Object>> all =
        mesh.admin().get("/api/v1/audit?limit=1000").items().stream()
            .filter(entry -> "certificate.issued".equals(entry.get("action")))
            .filter(entry -> String.valueOf(entry.get("subject")).endsWith("/sa/" + service))
            .toList();
    assertThat(all).hasSize(1);
    return Instant.parse(String.valueOf(all.get(0).get("time")));
  }
}

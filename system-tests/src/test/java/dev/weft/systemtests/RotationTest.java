package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Certificates that live for seconds are renewed under load. */
class RotationTest {
  private static final Jdk JDK = Jdk.JDK_17;
  private static final int RENEWALS = 2;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX, "--certificate-ttl", "20s");
  }

  @Test
  void noCallFailsWhileCertificatesAreRenewed() {
    mesh.server(JDK, "orders", "httpserver");
    mesh.tomcat(JDK, "stock", "tomcat");
    mesh.awaitReady("orders", 1);
    mesh.awaitReady("stock", 1);
    Caller first = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    Caller second = mesh.caller(JDK, Caller.Library.HTTP_URL_CONNECTION);
    first.start(2, "http://orders/load");
    second.start(2, "http://stock/load");
    Await.until(
        "everybody has been issued " + (RENEWALS + 1) + " certificates",
        Duration.ofMinutes(3),
        () -> {
          for (Caller caller : List.of(first, second)) {
            Caller.Tally tally = caller.tally();
            if (tally.failed() > 0) {
              throw new Await.Hopeless("calls failed: " + tally.text());
            }
          }
          return serials("orders") > RENEWALS
              && serials("stock") > RENEWALS
              && serials("shop") > 2 * RENEWALS;
        });
    for (Caller caller : List.of(first, second)) {
      Caller.Tally tally = caller.stop();
      assertThat(tally.failed()).as(tally.text()).isZero();
      assertThat(caller.child().err()).isEmpty();
    }
  }

  private static long serials(String service) {
    return mesh.admin().get("/api/v1/audit?limit=1000").items().stream()
        .filter(entry -> "certificate.issued".equals(entry.get("action")))
        .filter(entry -> String.valueOf(entry.get("subject")).endsWith("/sa/" + service))
        .map(entry -> ((Map<?, ?>) entry.get("details")).get("serial"))
        .distinct()
        .count();
  }
}

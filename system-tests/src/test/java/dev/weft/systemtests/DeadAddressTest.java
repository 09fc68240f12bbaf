package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever is at an address that was somebody else's gets nothing that was meant for that one. */
class DeadAddressTest {
  private static final Jdk JDK = Jdk.JDK_17;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Caller.Library.class)
  void aServiceThatTookADeadOnesAddressGetsNoRequestMeantForIt(Caller.Library library) {
    String orders = "orders-" + library.name().toLowerCase(Locale.ROOT).replace('_', '-');
    String billing = "billing-" + library.name().toLowerCase(Locale.ROOT).replace('_', '-');
    Child first = mesh.server(JDK, orders, "first");
    int port = first.port();
    mesh.awaitReady(orders, 1);
    Caller caller = mesh.caller(JDK, library);
    assertThat(caller.get("http://" + orders + "/mine")).startsWith("200 name=first|");

    first.kill();
    first.exit();
    Child second =
        mesh.member(JDK, billing)
            .main(Built.programs(), "programs.JdkServer", "second", String.valueOf(port));
    second.port();
    Await.until("billing has joined", () -> mesh.admin().states(billing).contains("READY"));

    String answer = caller.get("http://" + orders + "/mine");
    assertThat(answer).doesNotStartWith("200");
    assertThat(answer).contains("sa/" + orders).contains("sa/" + billing);
    if (library == Caller.Library.HTTP_CLIENT) {
      assertThat(answer).startsWith("failed javax.net.ssl.SSLHandshakeException");
    } else {
      assertThat(answer).startsWith("failed javax.net.ssl.");
    }
    assertThat(second.out()).doesNotContain("request ");
    assertThat(caller.get("http://" + billing + "/yours")).startsWith("200 name=second|");
  }

  @Test
  void aMemberThatLabelsItselfAsAnotherGetsNoCallForIt() {
    Child real = mesh.server(JDK, "payments", "real");
    mesh.awaitReady("payments", 1);
    Child liar =
        mesh.member(JDK, "liar")
            .with("WEFT_LABELS", "app=payments,app.kubernetes.io/name=payments,tier=x")
            .main(Built.programs(), "programs.JdkServer", "liar", "0");
    liar.port();
    mesh.awaitReady("liar", 1);
    Caller caller = mesh.caller(JDK, Caller.Library.HTTP_CLIENT);
    Caller.Tally tally = caller.many(100, "http://payments/load");
    assertThat(tally.from("real")).as(tally.text()).isEqualTo(100);
    real.kill();
    real.exit();
    Await.until("the real one is forgotten", () -> mesh.admin().states("payments").isEmpty());
    assertThat(caller.many(10, "http://payments/load").from("liar")).isZero();
    assertThat(liar.err()).contains("WARN", "weft.labels", "app=payments");
  }
}

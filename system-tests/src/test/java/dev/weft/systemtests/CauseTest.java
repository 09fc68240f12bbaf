package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a request hands on to the calls that it causes. */
class CauseTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void servicesThatCallEachOtherInACircleAreTold(Jdk jdk) {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("loop-" + jdk).toString());
    Child orders = mesh.tomcat(jdk, "orders", "orders");
    Child billing = mesh.server(jdk, "billing", "billing");
    mesh.awaitReady("orders", 1);
    mesh.awaitReady("billing", 1);
    Caller caller = mesh.caller(jdk, Caller.Library.HTTP_CLIENT);

    Caller.Answer answer = caller.send("GET", "http://orders/", "x-call=billing,orders");

    assertThat(answer.status()).isEqualTo("508");
    assertThat(answer.field("x-called")).singleElement().asString().startsWith("508");
    long served =
        (orders.out() + billing.out()).lines().filter(line -> line.equals("request GET /")).count();
    assertThat(served).as("the last of which may call nobody").isEqualTo(11);
    assertThat(caller.get("http://orders/again")).startsWith("200 ");
  }

  @Test
  void aCallEndsWithTheRequestThatItIsFor_whereThatIsWanted() {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("deadline").toString());
    mesh.admin().apply(limited("patient") + limited("hasty"));
    Child patient = mesh.server(Jdk.JDK_17, "patient", "patient");
    Child hasty =
        mesh.member(Jdk.JDK_25, "hasty")
            .with("WEFT_DEADLINE_INHERIT", "true")
            .main(Built.programsAndLibraries(), "programs.TomcatServer", "hasty", "0");
    mesh.server(Jdk.JDK_17, "slow", "slow");
    for (String name : new String[] {"patient", "hasty", "slow"}) {
      mesh.awaitReady(name, 1);
    }
    Caller caller = mesh.caller(Jdk.JDK_17, Caller.Library.HTTP_URL_CONNECTION);
    for (String name : new String[] {"patient", "hasty"}) {
      Caller.Answer answer =
          caller.send("GET", "http://" + name + "/", "x-call=slow;x-delay-ms=4000");
      assertThat(answer.status()).as("of its own caller, " + name).isEqualTo("504");
    }
    Await.until("it has its own answer", () -> hasty.out().contains("called 504"));
    assertThat(hasty.out()).contains("the caller of this service stops waiting");
    Await.until("it has its own answer", () -> patient.out().contains("called 200"));
  }

  private static String limited(String service) {
    return Routes.route(
        service,
        """
        - timeouts: {request: 1s}
          backendRefs: [{name: %s, port: 80}]
        """
            .formatted(service));
  }
}

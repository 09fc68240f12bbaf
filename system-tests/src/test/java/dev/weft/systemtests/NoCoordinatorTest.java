package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Without a coordinator the application is as without the agent, and the log says why, once. */
class NoCoordinatorTest {
  private static final String TOKEN =
      "weft1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.someid.0123456789abcdef0123456789abcdef";

  private static final Caller.Library LIBRARY = Caller.Library.HTTP_CLIENT;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Caller without;
  private static String outside;

  @BeforeAll
  static void startWhatHasNoAgent() {
    without = Caller.start(new Launch(SANDBOX, Jdk.JDK_17, "without-agent"), LIBRARY);
    Child server =
        new Launch(SANDBOX, Jdk.JDK_17, "outside")
            // Else each answer of the JDK's server waits 40 ms for the acknowledgement of its head.
            .option("-Dsun.net.httpserver.nodelay=true")
            .main(Built.programs(), "programs.JdkServer", "out", "0");
    outside = "http://127.0.0.1:" + server.port() + "/load?q=1";
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aDeadCoordinatorIsToldOnceAndChangesNothing(Jdk jdk) throws Exception {
    int port = Ports.free();
    Caller caller = callerOf(jdk, "127.0.0.1:" + port);
    worksAsWithout(caller);
    toldOnce(caller, "no coordinator: 127.0.0.1:" + port);
    // It goes on trying, and says no more of it.
    try (FakeCoordinator late = FakeCoordinator.start(port, FakeCoordinator.HANGS_UP)) {
      Await.until("another try", () -> late.connections() >= 1);
    }
    toldOnce(caller, "no coordinator: 127.0.0.1:" + port);
  }

  @Test
  void withoutATokenItSaysSoOnce() throws Exception {
    Caller caller = Caller.start(agent(Jdk.JDK_17, "127.0.0.1:" + Ports.free()), LIBRARY);
    worksAsWithout(caller);
    toldOnce(caller, "no join token");
  }

  @Test
  void aCoordinatorOfAnotherCaIsToldOnceAndChangesNothing() throws Exception {
    try (FakeCoordinator other = FakeCoordinator.ofAnotherCa()) {
      Caller caller = callerOf(Jdk.JDK_17, other.address());
      worksAsWithout(caller);
      Await.until("more tries", () -> other.connections() >= 2);
      toldOnce(caller, "no coordinator: " + other.address());
    }
  }

  @Test
  void garbageIsToldOnceAndChangesNothing() throws Exception {
    try (FakeCoordinator garbage = FakeCoordinator.start(0, FakeCoordinator.GARBAGE)) {
      Caller caller = callerOf(Jdk.JDK_17, garbage.address());
      worksAsWithout(caller);
      Await.until("more tries", () -> garbage.connections() >= 2);
      toldOnce(caller, "no coordinator: " + garbage.address());
    }
  }

  @Test
  void oneThatNeverAnswersIsToldOnceAndChangesNothing() throws Exception {
    try (FakeCoordinator silent = FakeCoordinator.start(0, FakeCoordinator.SILENT)) {
      Caller caller = callerOf(Jdk.JDK_17, silent.address());
      worksAsWithout(caller);
      Await.until("more tries", () -> silent.connections() >= 2);
      toldOnce(caller, "no coordinator: " + silent.address());
    }
  }

  private static void worksAsWithout(Caller caller) {
    assertThat(caller.many(200, outside)).isEqualTo(without.many(200, outside));
    for (String nobody :
        List.of("http://orders/", "http://orders:8080/", "http://orders.default.svc/")) {
      assertThat(caller.get(nobody)).isEqualTo(without.get(nobody)).startsWith("failed ");
    }
  }

  private static void toldOnce(Caller caller, String what) {
    Await.until("a line of log", () -> !caller.child().errLines().isEmpty());
    assertThat(caller.child().errLines())
        .singleElement()
        .asString()
        .contains("WARN")
        .contains(what);
  }

  private static Caller callerOf(Jdk jdk, String coordinator) {
    return Caller.start(agent(jdk, coordinator).with("WEFT_JOIN_TOKEN", TOKEN), LIBRARY);
  }

  private static Launch agent(Jdk jdk, String coordinator) {
    return new Launch(SANDBOX, jdk, "shop")
        .agent()
        .with("WEFT_SERVICE", "shop")
        .with("WEFT_COORDINATOR", coordinator);
  }
}

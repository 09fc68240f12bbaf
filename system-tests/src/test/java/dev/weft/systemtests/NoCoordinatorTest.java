package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Without a coordinator the application is as without the agent, and the log says why, once. */
class NoCoordinatorTest {
  private static final String TOKEN =
      "weft1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.someid.0123456789abcdef0123456789abcdef";

  private static final Caller.Library LIBRARY = Caller.Library.HTTP_CLIENT;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aDeadCoordinatorIsToldOnceAndChangesNothing(Jdk jdk) throws Exception {
    int port = closedPort();
    Caller caller = callerOf(jdk, "127.0.0.1:" + port);
    worksAsWithout(jdk, caller);
    // It goes on trying, and says no more of it.
    try (FakeCoordinator late = FakeCoordinator.start(port, FakeCoordinator.HANGS_UP)) {
      Await.until("another try", () -> late.connections() >= 2);
    }
    toldOnce(caller, "no coordinator: 127.0.0.1:" + port);
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void withoutATokenItSaysSoOnce(Jdk jdk) throws Exception {
    Caller caller = Caller.start(agent(jdk, "127.0.0.1:" + closedPort()), LIBRARY);
    worksAsWithout(jdk, caller);
    toldOnce(caller, "no join token");
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aCoordinatorOfAnotherCaIsToldOnceAndChangesNothing(Jdk jdk) throws Exception {
    try (FakeCoordinator other = FakeCoordinator.ofAnotherCa()) {
      Caller caller = callerOf(jdk, other.address());
      worksAsWithout(jdk, caller);
      Await.until("more tries", () -> other.connections() >= 3);
      toldOnce(caller, "no coordinator: " + other.address());
    }
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void garbageIsToldOnceAndChangesNothing(Jdk jdk) throws Exception {
    try (FakeCoordinator garbage = FakeCoordinator.start(0, FakeCoordinator.GARBAGE)) {
      Caller caller = callerOf(jdk, garbage.address());
      worksAsWithout(jdk, caller);
      Await.until("more tries", () -> garbage.connections() >= 3);
      toldOnce(caller, "no coordinator: " + garbage.address());
    }
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void oneThatNeverAnswersIsToldOnceAndChangesNothing(Jdk jdk) throws Exception {
    try (FakeCoordinator silent = FakeCoordinator.start(0, FakeCoordinator.SILENT)) {
      Caller caller = callerOf(jdk, silent.address());
      worksAsWithout(jdk, caller);
      Await.until("more tries", () -> silent.connections() >= 2);
      toldOnce(caller, "no coordinator: " + silent.address());
    }
  }

  private static void worksAsWithout(Jdk jdk, Caller caller) {
    Caller without = Caller.start(new Launch(SANDBOX, jdk, "without-agent"), LIBRARY);
    Child outside =
        new Launch(SANDBOX, jdk, "outside").main(Built.programs(), "programs.JdkServer", "out", "0");
    String url = "http://127.0.0.1:" + outside.port() + "/load?q=1";
    assertThat(caller.many(200, url)).isEqualTo(without.many(200, url));
    for (String nobody : List.of("http://orders/", "http://orders:8080/", "http://orders.default.svc/")) {
      assertThat(caller.get(nobody)).isEqualTo(without.get(nobody)).startsWith("failed ");
    }
  }

  private static void toldOnce(Caller caller, String what) {
    Await.until("a line of log", () -> !caller.child().errLines().isEmpty());
    assertThat(caller.child().errLines()).singleElement().asString().contains("WARN").contains(what);
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

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent is there, and is not to do anything. */
class SwitchedOffTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void theKillSwitchLeavesNothing(Jdk jdk) throws Exception {
    try (FakeCoordinator coordinator = FakeCoordinator.start(0, FakeCoordinator.HANGS_UP)) {
      Launch shop = agent(jdk, coordinator).with("WEFT_SERVICE", "shop");
      Caller caller = worksAsWithout(shop.with("WEFT_ENABLED", "false"), jdk);
      assertThat(caller.child().err()).isEmpty();
      assertThat(coordinator.connections()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Shop", "shop_1", "shop.eu", "-shop", "shöp", "s hop"})
  void anInvalidServiceNameIsOneWarningAndAPassThrough(String name) throws Exception {
    try (FakeCoordinator coordinator = FakeCoordinator.start(0, FakeCoordinator.HANGS_UP)) {
      Launch shop = agent(Jdk.JDK_17, coordinator).with("WEFT_SERVICE", name);
      Caller caller = worksAsWithout(shop, Jdk.JDK_17);
      assertThat(caller.child().errLines())
          .singleElement()
          .asString()
          .contains("WARN", "weft.service", "DNS-1123");
      assertThat(coordinator.connections()).isZero();
    }
  }

  private static Launch agent(Jdk jdk, FakeCoordinator coordinator) {
    return new Launch(SANDBOX, jdk, "shop").agent().with("WEFT_COORDINATOR", coordinator.address());
  }

  private static Caller worksAsWithout(Launch launch, Jdk jdk) {
    Child server =
        new Launch(SANDBOX, jdk, "server").main(Built.programs(), "programs.JdkServer", "out", "0");
    Caller caller = Caller.start(launch, Caller.Library.HTTP_CLIENT);
    assertThat(caller.get("http://127.0.0.1:" + server.port() + "/")).startsWith("200 name=out|");
    assertThat(caller.get("http://orders/")).startsWith("failed java.net.ConnectException");
    return caller;
  }
}

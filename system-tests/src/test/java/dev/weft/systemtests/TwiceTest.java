package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The agent is given twice, as it happens when an image and a deployment both bring it. */
class TwiceTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void theSecondStaysOutAndSaysSo(Jdk jdk) {
    String orders = "orders-" + jdk.name().substring(4);
    Child server =
        mesh.member(jdk, orders).agent().main(Built.programs(), "programs.JdkServer", "it", "0");
    mesh.awaitReady(orders, 1);
    Caller caller = Caller.start(mesh.member(jdk, "shop").agent(), Caller.Library.HTTP_CLIENT);
    assertThat(caller.get("http://" + orders + "/")).startsWith("200 name=it|");
    assertThat(server.errLines()).singleElement().asString().contains("another Weft agent");
    assertThat(caller.child().errLines()).singleElement().asString().contains("another Weft");
    assertThat(mesh.admin().states(orders)).hasSize(1);
  }
}

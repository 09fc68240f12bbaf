package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whoever claims an address that is somebody else's gets nothing that is meant for that one. */
class ClaimedAddressTest {
  private static final Jdk JDK = Jdk.JDK_17;

  /** This machine's, beside loopback, which is nobody's to claim. */
  private static final String MACHINE = machine();

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @Test
  void aMemberThatClaimsTheAddressOfAServerOutside_getsNothingThatIsMeantForIt() {
    Mesh mesh = Mesh.start(SANDBOX);
    Child outside =
        new Launch(SANDBOX, JDK, "outside")
            .main(Built.programs(), "programs.JdkServer", "outside", "0", MACHINE);
    String port = String.valueOf(outside.port());
    Child thief = mesh.server(JDK, "thief", "thief");
    Child claimant =
        mesh.member(JDK, "thief", "claimant")
            .with("WEFT_ADVERTISE", MACHINE)
            .main(Built.programs(), "programs.JdkServer", "claimant", port);
    claimant.port();
    thief.port();
    Caller caller =
        Caller.start(
            mesh.member(JDK, "shop").with("WEFT_ADOPT_ADDRESSES", "rebalance"),
            Caller.Library.HTTP_CLIENT);
    Await.until(
        "the claim is refused, or taken",
        () -> claimant.err().contains("bad_register") || mesh.admin().states("thief").size() == 2);
    Await.until("the other one is there", () -> mesh.admin().states("thief").contains("READY"));
    assertThat(caller.get("http://thief/")).startsWith("200 name=thief|");

    for (int i = 0; i < 4; i++) {
      Caller.Answer answer =
          caller.send(
              "GET", "http://" + MACHINE + ":" + port + "/account", "Authorization=Bearer-of-shop");
      assertThat(answer.status()).isEqualTo("200");
      assertThat(answer.saw("name")).containsExactly("outside");
    }
    assertThat(outside.out()).contains("GET /account");
    assertThat(thief.out()).doesNotContain("/account");
    assertThat(claimant.out()).doesNotContain("/account");
    assertThat(claimant.err())
        .contains(MACHINE + " is not granted", "weft token create --addresses " + MACHINE);
    assertThat(mesh.admin().states("thief")).containsExactly("READY");
  }

  @Test
  void aServiceThatRestarts_hasItsAddressBack_whoeverClaimedItMeanwhile() {
    Mesh mesh = Mesh.startAt(SANDBOX, MACHINE);
    String token = mesh.token("orders");
    Child first = orders(mesh, token, "0");
    String port = String.valueOf(first.port());
    mesh.awaitReady("orders", 1);
    Child claimant =
        mesh.member(JDK, "member", "claimant")
            .with("WEFT_JOIN_TOKEN", mesh.token("member"))
            .with("WEFT_ADVERTISE", MACHINE)
            .main(Built.programs(), "programs.JdkServer", "claimant", port);
    claimant.port();
    mesh.awaitReady("member", 1); // all on one machine: it is where it says
    String shop = mesh.token("shop");
    String url = "http://" + MACHINE + ":" + port + "/mine";
    assertThat(overTheMesh(mesh, shop, url)).startsWith("200 name=orders|");

    first.kill();
    first.exit();
    Await.until("orders is forgotten", () -> mesh.admin().states("orders").isEmpty());
    orders(mesh, token, port).port();
    mesh.awaitReady("orders", 1);

    assertThat(overTheMesh(mesh, shop, url)).startsWith("200 name=orders|");
    assertThat(claimant.out()).doesNotContain("/mine");
  }

  @Test
  void aServiceOfLoopback_isToldWhatToSet_whereTheCoordinatorIsElsewhere() {
    Mesh mesh = Mesh.startAt(SANDBOX, MACHINE);
    Child server =
        mesh.member(JDK, "local")
            .with("WEFT_JOIN_TOKEN", mesh.token("local"))
            .main(Built.programs(), "programs.JdkServer", "local", "0");
    int port = server.port();
    Await.until("it is told", () -> server.err().contains("port " + port + " is bound to"));
    assertThat(server.err()).contains("127.0.0.1, where only this machine", "weft.advertise");
    assertThat(mesh.admin().states("local")).isEmpty();
  }

  private static Child orders(Mesh mesh, String token, String port) {
    return mesh.member(JDK, "orders")
        .with("WEFT_JOIN_TOKEN", token)
        .with("WEFT_FORWARD_IDENTITY", "true")
        .main(Built.programs(), "programs.JdkServer", "orders", port, MACHINE);
  }

  /**
   * What a caller gets that has not asked before; calls pass the mesh by until it has an answer.
   */
  private static String overTheMesh(Mesh mesh, String token, String url) {
    Caller caller =
        Caller.start(
            mesh.member(JDK, "shop").with("WEFT_JOIN_TOKEN", token), Caller.Library.HTTP_CLIENT);
    assertThat(caller.get("http://orders/first")).startsWith("200 name=orders|");
    String[] answer = new String[1];
    Await.until(
        "a call to " + url + " is one to the mesh",
        () -> {
          answer[0] = caller.get(url);
          return answer[0].startsWith("failed") || answer[0].contains("/sa/shop");
        });
    return answer[0];
  }

  private static String machine() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(Inet4Address.class::isInstance)
          .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .map(address -> address.getHostAddress())
          .findFirst()
          .orElseThrow(() -> new AssertionError("no address beside loopback"));
    } catch (SocketException e) {
      throw new AssertionError(e);
    }
  }
}

package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes past the mesh is said, and what does not, is not. */
class OutsideTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void bareSocketsAreSeen(Jdk jdk) {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("data-" + jdk).toString());
    Child orders = mesh.tomcat(jdk, "orders", "orders");
    mesh.server(jdk, "billing", "billing");
    mesh.awaitReady("orders", 1);
    mesh.awaitReady("billing", 1);
    Caller client = mesh.caller(jdk, Caller.Library.HTTP_CLIENT);
    assertThat(client.get("http://orders/")).startsWith("200 ");
    Child bare =
        mesh.member(jdk, "bare")
            .main(Built.programs(), "programs.Sockets", "billing", "" + orders.port());
    String[] ports = bare.awaitOut("ports \\d+ \\d+").split(" ");

    Await.until("its ports are known", () -> agents(mesh).contains("port " + ports[2]));

    String connection = "127.0.0.1:" + orders.port() + " through programs.Sockets";
    assertThat(agents(mesh))
        .contains(connection)
        .contains("port " + ports[1] + " through programs.Sockets");
    assertThat(agents(mesh).lines().filter(line -> line.contains("does not reach")))
        .as("and nothing of those that the mesh leads")
        .allMatch(line -> line.contains("warning: bare "))
        .hasSize(3);
    String check = printed(mesh, "check");
    assertThat(check)
        .contains("bare calls " + connection)
        .contains("bare listens on port " + ports[1] + " through programs.Sockets");
  }

  /** What HttpURLConnection stands on is woven for HTTP, and nobody asks the mesh about mail. */
  @Test
  void whatIsWovenAndNeverHitIsSeen() {
    Mesh mesh = Mesh.start(SANDBOX, "--data", SANDBOX.folder().resolve("data-mail").toString());
    mesh.member(Jdk.JDK_17, "mail").main(Built.programs(), "programs.Mail");

    Await.until("it has been seen", () -> agents(mesh).contains("127.0.0.1:25 through"));

    assertThat(agents(mesh))
        .contains(": 127.0.0.1:25 through sun.net.NetworkClient, which the mesh does not reach")
        .contains(": weft-http-url-connection: connects, and has never asked the mesh");
  }

  private static String agents(Mesh mesh) {
    return printed(mesh, "agents");
  }

  private static String printed(Mesh mesh, String command) {
    Child cli = mesh.cli(command, "-A");
    cli.exit();
    return cli.out() + cli.err();
  }
}

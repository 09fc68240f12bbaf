package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two programs of twenty lines, which know nothing of Weft, talk by name. */
class TwoProgramsTest {
  private static final List<String> NOT_IN_THE_AGENT =
      List.of("io.netty.", "org.apache.curator.", "org.bouncycastle.", "io.grpc.");

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void theyTalkByNameStraightAndQuietly(Jdk jdk) throws Exception {
    String orders = "orders-" + jdk.name().substring(4);
    Path serverClasses = SANDBOX.folder().resolve("server-classes-" + jdk);
    Path clientClasses = SANDBOX.folder().resolve("client-classes-" + jdk);
    Child server =
        mesh.member(jdk, orders)
            .option("-Xlog:class+load:file=" + serverClasses)
            .main(Built.programs(), "programs.HelloServer");
    server.port();
    mesh.awaitReady(orders, 1);

    List<String> urls =
        List.of(
            "http://" + orders + "/",
            "http://" + orders + "/a%2Fb/c%20d//e/../f;x=y?q=%C3%A4&r=a+b&s=%26&empty=",
            "http://" + orders + ":80/x?a=b|c".replace("|", "%7C"),
            "http://" + orders.toUpperCase(java.util.Locale.ROOT) + "/Case",
            "http://" + orders + ".default.svc.cluster.local/long");
    Child client =
        mesh.member(jdk, "shop")
            .option("-Xlog:class+load:file=" + clientClasses)
            .main(Built.programs(), "programs.HelloClient", urls.toArray(new String[0]));
    client.awaitOut("done");

    List<String> expected = new ArrayList<>();
    for (String url : urls) {
      // The library itself leaves out the port if it is the scheme's own.
      String host = url.substring("http://".length(), url.indexOf('/', 7)).replace(":80", "");
      String uri = url.substring(url.indexOf('/', 7));
      expected.add("200 " + url + " -> " + host + " " + uri);
    }
    expected.add("done");
    assertThat(client.outLines()).isEqualTo(expected);

    assertThat(ProcNet.between(client, server)).hasSize(1);
    assertThat(ProcNet.established(client)).as("it, and one to the coordinator").hasSize(2);
    for (Child child : List.of(client, server)) {
      assertThat(child.err()).isEmpty();
    }
    for (Path classes : List.of(serverClasses, clientClasses)) {
      String loaded = loaded(classes);
      assertThat(loaded).contains("dev.weft.runtime.Member");
      NOT_IN_THE_AGENT.forEach(name -> assertThat(loaded).doesNotContain(name));
    }
  }

  private static String loaded(Path classes) throws IOException {
    return Files.readString(classes);
  }
}

package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One connection is enough for one thread. */
class ManyCallsTest {
  private static final int CALLS = 10_000;
  private static final int ROUNDS = 10;

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP_CLIENT, httpserver, JDK_17",
    "HTTP_CLIENT, tomcat, JDK_17",
    "HTTP_URL_CONNECTION, httpserver, JDK_17",
    "HTTP_URL_CONNECTION, tomcat, JDK_17",
    "HTTP_CLIENT, tomcat, JDK_25",
    "HTTP_URL_CONNECTION, httpserver, JDK_25",
  })
  void tenThousandCallsFromOneThreadMakeOneConnection(
      Caller.Library library, String server, Jdk jdk) {
    String service = (server + "-" + library + "-" + jdk).toLowerCase().replace('_', '-');
    Child child =
        server.equals("tomcat") ? mesh.tomcat(jdk, service, "it") : mesh.server(jdk, service, "it");
    mesh.awaitReady(service, 1);
    Caller caller = mesh.caller(jdk, library);
    Set<ProcNet.End> seen = new HashSet<>();
    long sockets = socketsMadeBy(caller, child, seen, service);
    assertThat(seen).as("connections seen between the calls").hasSize(1);
    assertThat(sockets).as("connections that the kernel knows, closed ones too").isEqualTo(1);
    assertThat(withoutSlowRandom(child.err())).isEmpty();
    assertThat(caller.child().err()).isEmpty();
  }

  /** Tomcat warns, with us or without, where a machine took 100 ms to make a random number. */
  private static String withoutSlowRandom(String printed) {
    return printed.replaceAll(
        ".* org\\.apache\\.catalina\\.util\\.SessionIdGeneratorBase createSecureRandom\n"
            + "WARNING: Creation of SecureRandom instance .*\n",
        "");
  }

  /**
   * Calls, looks at the connections in between, and counts those that are waiting to be forgotten.
   */
  private static long socketsMadeBy(
      Caller caller, Child server, Set<ProcNet.End> seen, String service) {
    for (int round = 0; round < ROUNDS; round++) {
      Caller.Tally tally = caller.many(CALLS / ROUNDS, "http://" + service + "/load");
      assertThat(tally.failed()).as(tally.text()).isZero();
      seen.addAll(ProcNet.between(caller.child(), server));
    }
    return ProcNet.toPort(server, server.port());
  }
}

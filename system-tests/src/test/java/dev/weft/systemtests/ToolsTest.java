package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A JVM that is no service, with the agent forced upon it. */
class ToolsTest {
  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void toolsBehaveAsWithoutTheAgentAndRegisterNothing(Jdk jdk) throws Exception {
    Path source = Files.writeString(SANDBOX.folder().resolve("A.java"), "class A { int x = y; }");
    Path keys = SANDBOX.folder().resolve("keys-" + jdk);
    try (FakeCoordinator coordinator = FakeCoordinator.start(0, FakeCoordinator.HANGS_UP)) {
      String address = coordinator.address();
      same(
          jdk,
          address,
          "keytool",
          "-genkeypair",
          "-alias",
          "UNIQUE",
          "-keyalg",
          "EC",
          "-dname",
          "CN=a",
          "-storepass",
          "changeit",
          "-keystore",
          keys.toString());
      same(
          jdk,
          address,
          "keytool",
          "-list",
          "-alias",
          "nobody",
          "-storepass",
          "changeit",
          "-keystore",
          keys.toString());
      same(jdk, address, "javac", "-d", SANDBOX.folder().toString(), source.toString());
      same(jdk, address, "jps", "-?");
      same(jdk, address, "jcmd", "-h");
      same(jdk, address, "jar", "--version");
      assertThat(run(jdk, address, "jps", "-l").out()).contains("sun.tools.jps.Jps");
      assertThat(coordinator.connections()).isZero();
    }
  }

  @Test
  void mavenBehavesAsWithoutTheAgentAndRegistersNothing() throws Exception {
    try (FakeCoordinator coordinator = FakeCoordinator.start(0, FakeCoordinator.HANGS_UP)) {
      sameCommand(Jdk.JDK_17, coordinator.address(), List.of(Built.maven(), "-v"));
      assertThat(coordinator.connections()).isZero();
    }
  }

  @Test
  void whoseNameWasMistyped_isToldSo_inOneLine() throws Exception {
    try (FakeCoordinator coordinator = FakeCoordinator.start(0, FakeCoordinator.HANGS_UP)) {
      Child server =
          new Launch(SANDBOX, Jdk.JDK_17, "mistyped")
              .agent()
              .with("WEFT_COORDINATOR", coordinator.address())
              .with("WEFT_SERVCE", "orders")
              .main(Built.programs(), "programs.JdkServer", "mistyped", "0");
      assertThat(RawHttp.plaintext(server.port(), "GET / HTTP/1.1", "Host: x"))
          .startsWith("HTTP/1.1 200");
      assertThat(server.errLines())
          .filteredOn(line -> !line.startsWith("Picked up "))
          .containsExactly(
              "[weft] WEFT_SERVCE: unknown variable (nearest: WEFT_SERVICE): without a service's"
                  + " name this JVM stays out of the mesh");
      assertThat(coordinator.connections()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void aProgramWithoutAServiceNameGetsNoThreadNoConnectionAndNoLine(Jdk jdk) throws Exception {
    try (FakeCoordinator coordinator = FakeCoordinator.start(0, FakeCoordinator.HANGS_UP)) {
      Child server =
          new Launch(SANDBOX, jdk, "nameless-server")
              .agent()
              .with("WEFT_COORDINATOR", coordinator.address())
              .main(Built.programs(), "programs.JdkServer", "nameless", "0");
      int port = server.port();
      Caller caller =
          Caller.start(
              new Launch(SANDBOX, jdk, "nameless-client")
                  .agent()
                  .with("WEFT_COORDINATOR", coordinator.address()),
              Caller.Library.HTTP_CLIENT);
      assertThat(caller.get("http://127.0.0.1:" + port + "/")).startsWith("200 name=nameless|");
      assertThat(caller.get("http://orders/")).startsWith("failed ");
      for (Child child : List.of(server, caller.child())) {
        assertThat(threads(jdk, child)).contains("\"Signal Dispatcher\"").doesNotContain("\"weft");
        assertThat(child.err()).isEmpty();
      }
      assertThat(coordinator.connections()).isZero();
    }
  }

  private static String threads(Jdk jdk, Child child) {
    Child jcmd =
        Launch.command(
            SANDBOX,
            "jcmd",
            Map.of(),
            List.of(jdk.home().resolve("bin/jcmd").toString(), "" + child.pid(), "Thread.print"));
    assertThat(jcmd.exit()).isZero();
    return jcmd.out();
  }

  private static void same(Jdk jdk, String coordinator, String tool, String... arguments) {
    List<String> command = new ArrayList<>(List.of(jdk.home().resolve("bin/" + tool).toString()));
    command.addAll(List.of(arguments));
    sameCommand(jdk, coordinator, command);
  }

  /** What comes out of it is what comes out without the agent, but for what the JVM itself says. */
  private static void sameCommand(Jdk jdk, String coordinator, List<String> command) {
    Child without = Launch.command(SANDBOX, "without", environment(jdk), unique(command));
    int expected = without.exit();
    Child with = run(jdk, coordinator, unique(command));
    assertThat(with.exit()).as("%s", command).isEqualTo(expected);
    assertThat(with.outLines()).as("%s", command).isEqualTo(without.outLines());
    List<String> ownErr =
        with.errLines().stream().filter(l -> !l.startsWith("Picked up JAVA_TOOL_OPTIONS")).toList();
    assertThat(ownErr).as("%s", command).isEqualTo(without.errLines());
    assertThat(with.errLines()).as("%s had the agent", command).hasSizeGreaterThan(ownErr.size());
  }

  /** A name may be given once only to some tools. */
  private static List<String> unique(List<String> command) {
    return command.stream()
        .map(word -> word.equals("UNIQUE") ? UUID.randomUUID().toString() : word)
        .toList();
  }

  private static Child run(Jdk jdk, String coordinator, String tool, String... arguments) {
    List<String> command = new ArrayList<>(List.of(jdk.home().resolve("bin/" + tool).toString()));
    command.addAll(List.of(arguments));
    Child child = run(jdk, coordinator, command);
    assertThat(child.exit()).isZero();
    return child;
  }

  private static Child run(Jdk jdk, String coordinator, List<String> command) {
    Map<String, String> environment = environment(jdk);
    environment.put("JAVA_TOOL_OPTIONS", "-javaagent:" + Built.agent());
    environment.put("WEFT_SERVICE", "tool");
    environment.put("WEFT_COORDINATOR", coordinator);
    return Launch.command(SANDBOX, "with", environment, command);
  }

  private static Map<String, String> environment(Jdk jdk) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", SANDBOX.folder().toString());
    environment.put("JAVA_HOME", jdk.home().toString());
    environment.put("LANG", "C.UTF-8");
    return environment;
  }
}

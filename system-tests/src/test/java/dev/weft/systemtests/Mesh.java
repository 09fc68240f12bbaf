package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A coordinator of its own, on free ports, and what joins it. */
final class Mesh {
  private final Sandbox sandbox;
  private final Path home;
  private final List<String> options;
  private Child coordinator;
  private final String admin = "127.0.0.1:" + Ports.free();
  private final String mesh;
  private final Admin api;

  private Mesh(Sandbox sandbox, String address, List<String> options) {
    this.sandbox = sandbox;
    this.mesh = address + ":" + Ports.free();
    this.home = sandbox.folder().resolve("weft-home");
    this.options = options;
    this.coordinator = run();
    try {
      this.api = new Admin(admin, Files.readString(home.resolve("admin-token")).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a coordinator and waits until it is ready. */
  static Mesh start(Sandbox sandbox, String... options) {
    return new Mesh(sandbox, "127.0.0.1", List.of(options));
  }

  /**
   * As {@link #start}, with its mesh port at an address, where the developer's token does not do.
   */
  static Mesh startAt(Sandbox sandbox, String address) {
    return new Mesh(sandbox, address, List.of());
  }

  /** A join token for a service of the default namespace. */
  String token(String service) {
    Admin.Reply made =
        api.send(
            "POST",
            "/api/v1/tokens",
            "{\"service\":\"" + service + "\"}",
            Map.of("Content-Type", "application/json"));
    if (made.status() != 201) {
      throw new AssertionError(made.body());
    }
    return String.valueOf(made.tree().get("token"));
  }

  private Child run() {
    List<String> arguments =
        new ArrayList<>(List.of("coordinator", "--admin", admin, "--mesh", mesh));
    arguments.addAll(options);
    Child child =
        new Launch(sandbox, Jdk.JDK_17, "coordinator")
            .with("WEFT_HOME", home.toString())
            .jar(Built.control(), arguments.toArray(new String[0]));
    child.awaitOut(
        Pattern.quote("weft coordinator ready: admin http://" + admin + " mesh " + mesh)
            + " data .*");
    return child;
  }

  Child coordinator() {
    return coordinator;
  }

  /** Starts it again on its ports and its data, after it was ended. */
  void startAgain() {
    coordinator.exit();
    coordinator = run();
  }

  Path home() {
    return home;
  }

  String address() {
    return mesh;
  }

  String adminAddress() {
    return admin;
  }

  Admin admin() {
    return api;
  }

  /** A JVM under the agent, by its settings a member of this mesh. */
  Launch member(Jdk jdk, String service) {
    return member(jdk, service, service);
  }

  /**
   * @param name of the process, in reports
   */
  Launch member(Jdk jdk, String service, String name) {
    return new Launch(sandbox, jdk, name)
        .agent()
        .with("WEFT_SERVICE", service)
        .with("WEFT_HOME", home.toString())
        .with("WEFT_COORDINATOR", mesh)
        // A machine that is busy with other tests takes longer than the default of 3 s.
        .with("WEFT_STARTUP_WAIT", "60s");
  }

  /** {@code programs.JdkServer}, on a port of its choice. */
  Child server(Jdk jdk, String service, String name) {
    return member(jdk, service, name).main(Built.programs(), "programs.JdkServer", name, "0");
  }

  /** {@code programs.TomcatServer}, on a port of its choice. */
  Child tomcat(Jdk jdk, String service, String name) {
    return member(jdk, service, name)
        .main(Built.programsAndLibraries(), "programs.TomcatServer", name, "0");
  }

  /**
   * {@code weft proxy … -- command}.
   *
   * @param name of the process, in reports
   * @param more variables of the environment, the command's too
   * @param port of loopback that the command listens on
   * @param options of the proxy
   */
  Child proxied(
      Jdk jdk,
      String service,
      String name,
      Map<String, String> more,
      int port,
      List<String> options,
      List<String> command) {
    Map<String, String> environment = new LinkedHashMap<>(more);
    environment.putAll(environment(jdk));
    List<String> all = new ArrayList<>(List.of(Built.weft(), "proxy", "--service", service));
    all.addAll(List.of("--app-port", "" + port, "--inbound", "127.0.0.1:0"));
    all.addAll(options);
    all.add("--");
    all.addAll(command);
    return Launch.command(sandbox, name, environment, all);
  }

  /** What makes {@code bin/weft proxy} a member of this mesh. */
  Map<String, String> environment(Jdk jdk) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", sandbox.folder().toString());
    environment.put("JAVA_HOME", jdk.home().toString());
    environment.put("WEFT_HOME", home.toString());
    environment.put("WEFT_COORDINATOR", mesh);
    environment.put("WEFT_STARTUP_WAIT", "60s");
    return environment;
  }

  /** A caller, as a member of the service {@code shop}. */
  Caller caller(Jdk jdk, Caller.Library library) {
    return Caller.start(member(jdk, "shop", "shop"), library);
  }

  /** Waits until exactly so many instances of a service take calls. */
  void awaitReady(String service, int count) {
    Await.until(
        count + " ready instances of " + service,
        () -> {
          List<String> states = admin().states(service);
          if (!states.equals(java.util.Collections.nCopies(count, "READY"))) {
            throw new AssertionError("instances of " + service + ": " + states);
          }
          return true;
        });
  }

  /** {@code weft …}, with its output; the exit code is left to look at. */
  Child cli(String... arguments) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", sandbox.folder().toString());
    environment.put("JAVA_HOME", Jdk.JDK_17.home().toString());
    environment.put("WEFT_HOME", home.toString());
    environment.put("WEFT_ADMIN", "http://" + admin);
    List<String> command = new ArrayList<>(List.of(Built.weft()));
    command.addAll(List.of(arguments));
    return Launch.command(sandbox, "weft-" + arguments[0], environment, command);
  }
}

package dev.weft.perf;

import com.example.perf.Hello;
import com.example.perf.IdleAgent;
import com.example.perf.Server;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/**
 * What a start costs, with the agent and without it, in turns: of a Spring Boot program that was
 * written by others, until it has answered a request for which it called another service; and of a
 * program that calls nobody. Of the former also with an agent that does nothing, which tells what
 * the JVM takes for having one at all: with an agent, it reads the files of classes that it would
 * otherwise take ready-made from its archive.
 */
final class StartSection {
  private static final String ORDERS = "orders";
  private static final int REQUESTS = 1000;
  private static final int HELLOS = 10;

  /** What goes on after the first answer, compilation above all, is to be over. */
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Setup setup;
  private final ProcFs proc;
  private final @Nullable Mesh mesh;
  private final int starts;
  private final Report report;
  private final Budgets budgets;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  /**
   * @param mesh null: without the agent only
   */
  StartSection(
      Setup setup, ProcFs proc, @Nullable Mesh mesh, int starts, Report report, Budgets budgets) {
    this.setup = setup;
    this.proc = proc;
    this.mesh = mesh;
    this.starts = starts;
    this.report = report;
    this.budgets = budgets;
  }

  /** CPU in seconds, memory in MiB. */
  private record Start(
      double firstAnswerCpu,
      double firstAnswerWall,
      double settledCpu,
      double resident,
      double used) {}

  /** With which agent a program is started. */
  private enum Agent {
    NONE,
    IDLE,
    WEFT
  }

  void springBoot(Path jar) throws IOException, InterruptedException {
    report.heading("Start of a Spring Boot program (" + jar.getFileName() + ")");
    Map<Agent, List<Start>> done = new EnumMap<>(Agent.class);
    Path idle = idleAgent();
    int plainPort = Setup.freePort();
    int meshPort = Setup.freePort();
    try (Jvm plainOrders = orders("plain-orders", plainPort, null);
        Jvm meshOrders = mesh == null ? null : orders("mesh-orders", meshPort, mesh)) {
      plainOrders.await("ready", LONGEST);
      if (mesh != null && meshOrders != null) {
        meshOrders.await("ready", LONGEST);
        mesh.requireMutualTls(ORDERS);
        mesh.awaitInstance(ORDERS, meshPort);
      }
      for (int i = 0; i < starts; i++) {
        for (Agent agent : Agent.values()) {
          if (agent != Agent.WEFT || mesh != null) {
            done.computeIfAbsent(agent, none -> new ArrayList<>())
                .add(start(jar, i, agent, idle, plainPort));
          }
        }
        report.progress("start %d of %d", i + 1, starts);
      }
    }
    print(done);
  }

  /** A jar with {@link IdleAgent}, as {@code -javaagent} wants it. */
  private Path idleAgent() throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Premain-Class", IdleAgent.class.getName());
    attributes.putValue("Can-Retransform-Classes", "true");
    Path file = setup.folder().resolve("idle-agent.jar");
    String entry = IdleAgent.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file), manifest);
        InputStream code =
            Objects.requireNonNull(IdleAgent.class.getClassLoader().getResourceAsStream(entry))) {
      jar.putNextEntry(new JarEntry(entry));
      code.transferTo(jar);
    }
    return file;
  }

  private Jvm orders(String name, int port, @Nullable Mesh joined) throws IOException {
    List<String> options = joined == null ? List.of() : List.of(setup.agentOption());
    return Jvm.start(
        name,
        setup.folder(),
        joined == null ? Map.of() : joined.environment(ORDERS),
        setup.command(options, Server.class, List.of(Integer.toString(port))));
  }

  private Start start(Path jar, int number, Agent agent, Path idle, int plainPort)
      throws IOException, InterruptedException {
    int port = Setup.freePort();
    Map<String, String> environment =
        agent == Agent.WEFT && mesh != null ? mesh.environment("shop") : Map.of();
    List<String> command = new ArrayList<>(List.of(setup.java().toString(), "-Xmx256m"));
    if (agent == Agent.WEFT) {
      command.add(setup.agentOption());
    } else {
      // The program calls its orders service by a name. Without a mesh a proxy makes sense of it.
      command.add("-Dhttp.proxyHost=127.0.0.1");
      command.add("-Dhttp.proxyPort=" + plainPort);
    }
    if (agent == Agent.IDLE) {
      command.add("-javaagent:" + idle);
    }
    command.addAll(List.of("-jar", jar.toString(), "--server.port=" + port));
    command.add("--server.address=127.0.0.1");
    try (Jvm shop =
        Jvm.start(
            agent.name().toLowerCase(Locale.ROOT) + "-shop-" + number,
            setup.folder(),
            environment,
            command)) {
      long began = System.nanoTime();
      URI cart = URI.create("http://127.0.0.1:" + port + "/cart/1");
      awaitAnswer(shop, cart);
      double wall = (System.nanoTime() - began) / 1e9;
      double answered = cpuSeconds(shop);
      Thread.sleep(SETTLE.toMillis());
      double settled = cpuSeconds(shop);
      double resident = proc.residentKiB(shop.pid()) / 1024.0;
      for (int i = 0; i < REQUESTS; i++) {
        int status = get(cart);
        if (status != 200) {
          throw new IllegalStateException(shop.name() + " answered " + status);
        }
      }
      return new Start(answered, wall, settled, resident, proc.residentKiB(shop.pid()) / 1024.0);
    }
  }

  private void awaitAnswer(Jvm shop, URI uri) throws InterruptedException {
    long until = System.nanoTime() + LONGEST.toNanos();
    while (System.nanoTime() < until && shop.isAlive()) {
      try {
        if (get(uri) == 200) {
          return;
        }
      } catch (IOException e) {
        // Nobody listens yet.
      }
      Thread.sleep(POLL.toMillis());
    }
    throw new IllegalStateException(shop.name() + " did not answer (see its .log)");
  }

  private int get(URI uri) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private double cpuSeconds(Jvm jvm) {
    return (double) proc.cpuTicks(jvm.pid()) / ProcFs.TICKS_PER_SECOND;
  }

  private void print(Map<Agent, List<Start>> done) {
    report.line("median (min-max) of %d starts, in turns; added to those without an agent", starts);
    row("CPU s to the first answer", done, Start::firstAnswerCpu);
    row("wall s to the first answer", done, Start::firstAnswerWall);
    row("CPU s five seconds later", done, Start::settledCpu);
    row("RSS MiB five seconds later", done, Start::resident);
    row("RSS MiB after " + REQUESTS + " requests", done, Start::used);
    if (mesh != null) {
      double own = median(done, Agent.NONE, Start::firstAnswerCpu);
      budgets.atMost(
          0.12,
          "",
          "added by the agent: CPU to the first answer, of the program's own",
          median(done, Agent.WEFT, Start::firstAnswerCpu) / own - 1);
      budgets.atMost(
          30,
          " MiB",
          "added by the agent: RSS after " + REQUESTS + " requests",
          median(done, Agent.WEFT, Start::used) - median(done, Agent.NONE, Start::used));
    }
  }

  private void row(String what, Map<Agent, List<Start>> done, ToDoubleFunction<Start> value) {
    double own = median(done, Agent.NONE, value);
    report.line("  %s", what);
    done.forEach(
        (agent, starts) ->
            report.line(
                "    %-6s %-26s added %.2f",
                agent.name().toLowerCase(Locale.ROOT),
                Report.hundredths(spread(starts, value)),
                spread(starts, value).median() - own));
  }

  private static double median(
      Map<Agent, List<Start>> done, Agent agent, ToDoubleFunction<Start> value) {
    return spread(done.getOrDefault(agent, List.of()), value).median();
  }

  private static Spread spread(List<Start> starts, ToDoubleFunction<Start> value) {
    return Spread.of(starts.stream().mapToDouble(value).toArray());
  }

  void hello() throws IOException, InterruptedException {
    report.heading("Start of a program that calls nobody");
    List<Double> without = new ArrayList<>();
    List<Double> with = new ArrayList<>();
    // One of each, not counted: the files are to be in memory.
    hellos(1, null);
    if (mesh != null) {
      hellos(1, mesh);
    }
    for (int i = 0; i < starts; i++) {
      without.add(hellos(HELLOS, null));
      if (mesh != null) {
        with.add(hellos(HELLOS, mesh));
      }
    }
    Spread bare = Spread.of(without.stream().mapToDouble(Double::doubleValue).toArray());
    report.line(
        "median (min-max) of %d times %d starts, in turns; CPU s from start to end",
        starts, HELLOS);
    report.line("  without agent %s", Report.hundredths(bare));
    if (!with.isEmpty()) {
      Spread woven = Spread.of(with.stream().mapToDouble(Double::doubleValue).toArray());
      double added = woven.median() - bare.median();
      report.line("  with          %s  added %.3f", Report.hundredths(woven), added);
      budgets.atMost(0.3, " s", "added by the agent: CPU of a program that makes no call", added);
    }
  }

  /** CPU seconds of one start, the mean of {@code count}. */
  private double hellos(int count, @Nullable Mesh joined) throws IOException, InterruptedException {
    long before = proc.endedChildrenTicks();
    for (int i = 0; i < count; i++) {
      try (Jvm hello =
          Jvm.start(
              joined == null ? "hello" : "mesh-hello",
              setup.folder(),
              joined == null ? Map.of() : joined.environment("hello"),
              setup.command(
                  joined == null ? List.of() : List.of(setup.agentOption()),
                  Hello.class,
                  List.of()))) {
        hello.await("hello", LONGEST);
        hello.awaitEnd(LONGEST);
      }
    }
    return (double) (proc.endedChildrenTicks() - before) / ProcFs.TICKS_PER_SECOND / count;
  }
}

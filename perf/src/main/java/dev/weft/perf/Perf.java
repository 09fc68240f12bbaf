package dev.weft.perf;

import com.example.perf.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bin/perf}. */
@Command(
    name = "bin/perf",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Measures what the mesh costs. Load goes to 127.0.0.1 only.")
public final class Perf implements Callable<Integer> {
  /** What is measured. */
  enum Section {
    load,
    url,
    apache,
    okhttp,
    proxy,
    young,
    handshakes,
    startup,
    hello,
    jar,
    engine,
    authorize,
    control
  }

  private static final Set<Section> OF_LOAD =
      EnumSet.of(Section.load, Section.url, Section.apache, Section.okhttp, Section.proxy);

  private static final Set<Section> OF_NO_MESH =
      EnumSet.of(Section.jar, Section.engine, Section.authorize);

  private static final double RAMP_SECONDS = 1;

  @Option(
      names = "--sections",
      split = ",",
      description = "What to measure: ${COMPLETION-CANDIDATES}.")
  private Set<Section> sections =
      EnumSet.of(
          Section.load,
          Section.handshakes,
          Section.startup,
          Section.hello,
          Section.jar,
          Section.engine,
          Section.authorize);

  @Option(
      names = "--rounds",
      description = "Rounds of load; in section young each starts its processes anew.")
  private int rounds = 5;

  @Option(names = "--seconds", description = "Measured seconds of one measurement.")
  private double seconds = 5;

  @Option(names = "--warm-up", description = "Requests on each leg at first.")
  private int warmUp = 200_000;

  @Option(names = "--callers", description = "Callers, and so connections.")
  private int callers = 16;

  @Option(names = "--rates", split = ",", description = "Requests a second of the open loops.")
  private List<Integer> rates = List.of(200, 1000);

  @Option(names = "--connections", description = "New connections of one measurement.")
  private int connections = 500;

  @Option(names = "--starts", description = "How often each program is started.")
  private int starts = 7;

  @Option(names = "--agents", description = "Simulated agents at the coordinator.")
  private int agents = 1_000;

  @Option(names = "--routes", description = "Routes that are applied to them, in five steps.")
  private int routes = 5_000;

  @Option(names = "--without-weft", description = "Only the legs that need no agent.")
  private boolean withoutWeft;

  @Option(
      names = "--record",
      description = "Also record where the time of both TLS legs goes; costs a few per cent.")
  private boolean record;

  @Option(names = "--java", description = "The java command of what is measured.")
  private Path java = Path.of(System.getProperty("java.home"), "bin", "java");

  @Option(names = "--agent", description = "The agent.")
  private Path agent = Path.of("dist/weft.jar");

  @Option(names = "--control", description = "The coordinator.")
  private Path control = Path.of("dist/weft-control.jar");

  @Option(
      names = "--weft",
      description = "Starts the proxies; they are of the jar that it finds itself.")
  private Path weft = Path.of("bin/weft");

  @Option(
      names = "--envoy",
      paramLabel = "PATH",
      description = {
        "An Envoy. Load is also measured with one on either side and mutual TLS between them, set"
            + " up as Istio does it. Skipped if not given.",
        "(" + EnvoyPair.HOW_TO_GET + ")"
      })
  private @Nullable Path envoy;

  @Spec private CommandSpec spec;

  @Option(names = "--shop", description = "A Spring Boot program, started and stopped.")
  private Path shop = Path.of("sample-services/shop/target/shop.jar");

  @Option(names = "--results", description = "Where the folder of this run is made.")
  private Path results = Path.of("perf/results");

  private Perf() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Perf()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws Exception {
    requireEnvoy();
    String time =
        DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
            .withZone(ZoneOffset.UTC)
            .format(Instant.now());
    Path folder = Files.createDirectories(results.resolve(time)).toAbsolutePath();
    Setup setup =
        new Setup(
            java,
            System.getProperty("java.class.path"),
            agent.toAbsolutePath(),
            control.toAbsolutePath(),
            weft.toAbsolutePath(),
            envoy == null ? null : envoy.toAbsolutePath(),
            folder);
    try (Report report = new Report(System.out, folder.resolve("report.txt"))) {
      run(setup, report);
      report.line("");
      report.line("all of it: %s", results.resolve(time));
    }
    return 0;
  }

  private void requireEnvoy() {
    if (envoy != null && !(Files.isRegularFile(envoy) && Files.isExecutable(envoy))) {
      throw new ParameterException(
          spec.commandLine(),
          "--envoy: "
              + envoy
              + " is not an executable file (expected: the envoy binary; "
              + EnvoyPair.HOW_TO_GET
              + ")");
    }
  }

  private void run(Setup setup, Report report) throws IOException, InterruptedException {
    report.heading("Where");
    Machine.describe(setup.java(), report);
    if (envoy == null && !Collections.disjoint(OF_LOAD, sections)) {
      report.line("leg envoy: skipped, for want of --envoy PATH (%s)", EnvoyPair.HOW_TO_GET);
    }
    ProcFs proc = new ProcFs();
    TlsFiles tls = HandmadeCertificates.write(setup.folder(), Instant.now());
    Budgets budgets = new Budgets();
    boolean needsMesh = !withoutWeft && !OF_NO_MESH.containsAll(sections);
    try (Mesh mesh = needsMesh ? Mesh.start(setup) : null) {
      if (sections.contains(Section.load) || sections.contains(Section.handshakes)) {
        measure(setup, report, budgets, proc, tls, mesh, Legs.ClientKind.JDK);
      }
      if (sections.contains(Section.url)) {
        measure(setup, report, budgets, proc, tls, mesh, Legs.ClientKind.URL);
      }
      if (sections.contains(Section.apache)) {
        measure(setup, report, budgets, proc, tls, mesh, Legs.ClientKind.APACHE);
      }
      if (sections.contains(Section.okhttp)) {
        measure(setup, report, budgets, proc, tls, mesh, Legs.ClientKind.OKHTTP);
      }
      if (sections.contains(Section.proxy) && mesh != null) {
        ProxySection.run(setup, report, budgets, proc, tls, mesh, proxyPlan());
      }
      if (sections.contains(Section.young)) {
        new YoungSection(setup, proc, tls, mesh, rounds, callers, report, budgets).run();
      }
      StartSection start = new StartSection(setup, proc, mesh, starts, report, budgets);
      if (sections.contains(Section.startup)) {
        start.springBoot(shop.toAbsolutePath());
      }
      if (sections.contains(Section.hello)) {
        start.hello();
      }
      if (sections.contains(Section.control) && mesh != null) {
        new ControlSection(setup, mesh, proc, agents, routes, report, budgets).run();
      }
    }
    if (sections.contains(Section.jar) && !withoutWeft) {
      JarSection.run(setup.agent(), report, budgets);
    }
    if (sections.contains(Section.engine)) {
      EngineSection.run(setup.java(), report, budgets);
    }
    if (sections.contains(Section.authorize)) {
      EngineSection.authorize(setup.java(), report);
    }
    budgets.print(report);
  }

  private LoadSection.Plan plan(List<Integer> perSecond) {
    return new LoadSection.Plan(rounds, seconds, RAMP_SECONDS, warmUp, callers, perSecond);
  }

  /** At the highest rate only: at low ones there is nothing to be seen but the wake-ups. */
  private LoadSection.Plan proxyPlan() {
    return plan(List.of(Collections.max(rates)));
  }

  private void measure(
      Setup setup,
      Report report,
      Budgets budgets,
      ProcFs proc,
      TlsFiles tls,
      @Nullable Mesh mesh,
      Legs.ClientKind client)
      throws IOException, InterruptedException {
    boolean load = client != Legs.ClientKind.JDK || sections.contains(Section.load);
    Set<LegKind> kinds = EnumSet.complementOf(EnumSet.of(LegKind.PROXY));
    if (!load) {
      kinds.remove(LegKind.ENVOY);
    }
    Legs legs = Legs.start(setup, proc, client.word(), client, tls, mesh, record, kinds);
    try (legs) {
      if (load) {
        new LoadSection(plan(rates), report, budgets)
            .run(legs, setup.folder().resolve(client.word() + ".csv"));
      }
      if (client == Legs.ClientKind.JDK && sections.contains(Section.handshakes)) {
        new HandshakeSection(rounds, connections, report, budgets).run(legs);
      }
    }
    if (record) {
      // Only now: the recordings are written when the processes end.
      report.heading("Where the time goes");
      for (Leg leg : legs.all()) {
        if (leg.kind().ownTls() || leg.kind().woven()) {
          for (String side : List.of("client", "server")) {
            Profile.print(
                leg.kind().label() + ", " + side, legs.recording(leg.kind(), side), report);
          }
        }
      }
    }
  }
}

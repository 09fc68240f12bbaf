package dev.weft.perf;

import com.example.perf.TlsFiles;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the first requests of a process cost, while the compilers are at work: in each round every
 * leg has a client and a server of its own that have just started.
 */
final class YoungSection {
  /** Requests at which CPU time is read, without a pause in the load. */
  private static final List<Integer> MARKS = List.of(2_000, 5_000, 10_000, 20_000, 50_000, 100_000);

  /** From here on the budget holds. */
  private static final int GROWN = 20_000;

  private static final double MOST = 1.15;
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final List<LegKind> KINDS =
      List.of(LegKind.PLAIN_1, LegKind.PLAIN_2, LegKind.BY_HAND, LegKind.WEFT);

  private final Setup setup;
  private final ProcFs proc;
  private final TlsFiles tls;
  private final @Nullable Mesh mesh;
  private final int rounds;
  private final int callers;
  private final Report report;
  private final Budgets budgets;

  /**
   * @param mesh null: without the agent
   */
  YoungSection(
      Setup setup,
      ProcFs proc,
      TlsFiles tls,
      @Nullable Mesh mesh,
      int rounds,
      int callers,
      Report report,
      Budgets budgets) {
    this.setup = setup;
    this.proc = proc;
    this.tls = tls;
    this.mesh = mesh;
    this.rounds = rounds;
    this.callers = callers;
    this.report = report;
    this.budgets = budgets;
  }

  void run() throws IOException, InterruptedException {
    report.heading(
        "The first "
            + MARKS.get(MARKS.size() - 1)
            + " requests of a process, closed loop, "
            + callers
            + " callers");
    Young young = new Young(MARKS);
    try (BufferedWriter csv =
        Files.newBufferedWriter(setup.folder().resolve("young.csv"), StandardCharsets.UTF_8)) {
      csv.write(
          "round,leg,up_to,requests,seconds,errors,p50_us,p99_us,client_cpu_us,server_cpu_us,"
              + "foreign_cpus\n");
      for (int round = 0; round < rounds; round++) {
        young.begin();
        for (LegKind kind : Rounds.inOrder(KINDS, round)) {
          if (mesh != null || !kind.meshed()) {
            List<Measurement> parts = measure(kind, round);
            young.add(kind, parts);
            for (int part = 0; part < parts.size(); part++) {
              csv.write(row(round, kind, MARKS.get(part), parts.get(part)));
            }
          }
        }
        csv.flush();
        report.progress("round %d of %d", round + 1, rounds);
      }
    }
    print(young);
    if (mesh != null) {
      budgets.atMost(
          MOST,
          "",
          "weft / mtls-by-hand, young, from " + GROWN + " requests on: CPU a request",
          young.ratio(LegKind.WEFT, LegKind.BY_HAND, GROWN).median());
    }
  }

  /** Nothing else of the run's lives meanwhile but the coordinator. */
  private List<Measurement> measure(LegKind kind, int round)
      throws IOException, InterruptedException {
    // A service of its own: nobody is to call the instance of the round before.
    String run = "young-" + (round + 1);
    try (Legs legs =
        Legs.start(setup, proc, run, Legs.ClientKind.JDK, tls, mesh, false, EnumSet.of(kind))) {
      return legs.all().get(0).measure(order(), LONGEST, MARKS.size());
    }
  }

  private String order() {
    return "counted "
        + callers
        + " "
        + MARKS.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  private void print(Young young) {
    report.line("CPU us/request of client and server: median (min-max) of %d rounds", rounds);
    line("", YoungSection::span, span(GROWN, MARKS.get(MARKS.size() - 1)));
    for (LegKind kind : KINDS) {
      if (young.part(GROWN).has(kind)) {
        line(
            kind.label(),
            mark -> Report.tenths(young.part(mark).spread(kind, Measurement::micros)),
            Report.tenths(young.micros(kind, GROWN)));
      }
    }
    report.line("  ratios within a round:");
    ratios("  noise: plain-2 / plain-1", young, LegKind.PLAIN_2, LegKind.PLAIN_1);
    if (mesh != null) {
      ratios("  weft / mtls-by-hand", young, LegKind.WEFT, LegKind.BY_HAND);
    }
    report.line(
        "  errors: %d; foreign CPUs, in the worst part: %.2f",
        measured(young).mapToLong(m -> m.outcome().errors()).sum(),
        measured(young).mapToDouble(Measurement::foreignCpus).max().orElse(0));
  }

  private void ratios(String name, Young young, LegKind leg, LegKind baseline) {
    line(
        name,
        mark -> Report.hundredths(young.part(mark).ratio(leg, baseline, Measurement::micros)),
        Report.hundredths(young.ratio(leg, baseline, GROWN)));
  }

  private void line(String name, IntFunction<String> ofPart, String grown) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-27s", name));
    for (int mark : MARKS) {
      line.append(String.format(Locale.ROOT, " %-24s", ofPart.apply(mark)));
    }
    report.line("%s %s", line, grown);
  }

  /** {@code 2k-5k} of 5,000. */
  private static String span(int upTo) {
    int part = MARKS.indexOf(upTo);
    return span(part == 0 ? 0 : MARKS.get(part - 1), upTo);
  }

  private static String span(int from, int upTo) {
    return (from == 0 ? "0" : from / 1000 + "k") + "-" + upTo / 1000 + "k";
  }

  private static Stream<Measurement> measured(Young young) {
    return MARKS.stream()
        .map(young::part)
        .flatMap(part -> KINDS.stream().flatMap(kind -> part.of(kind).stream()));
  }

  private static String row(int round, LegKind kind, int mark, Measurement m) {
    return String.format(
        Locale.ROOT,
        "%d,%s,%d,%d,%.3f,%d,%.1f,%.1f,%.2f,%.2f,%.3f%n",
        round + 1,
        kind.label(),
        mark,
        m.outcome().requests(),
        m.outcome().nanos() / 1e9,
        m.outcome().errors(),
        m.p50Micros(),
        m.p99Micros(),
        m.clientMicros(),
        m.serverMicros(),
        m.foreignCpus());
  }
}

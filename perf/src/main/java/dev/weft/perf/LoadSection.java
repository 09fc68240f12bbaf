package dev.weft.perf;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Requests over connections that live: closed loop, and open loop at fixed rates. */
final class LoadSection {
  /**
   * @param rounds how often every leg is measured with every kind of load
   * @param seconds measured time of one measurement
   * @param before seconds of the same load before it, not measured
   * @param warmUp requests of closed loop, and a tenth as many of open loop, for each leg at first:
   *     what the JVM compiles is a matter of calls, not of time
   * @param callers in closed loop; the most connections in open loop
   * @param rates of the open loop, requests a second
   */
  record Plan(
      int rounds, double seconds, double before, int warmUp, int callers, List<Integer> rates) {}

  private static final String CLOSED = "closed loop";
  private static final List<LegKind> BESIDE_PLAIN =
      List.of(LegKind.BY_HAND, LegKind.WEFT, LegKind.PROXY, LegKind.ENVOY);
  private static final double WARM_UP_STEP = 2;
  private static final Duration LONGEST_WARM_UP = Duration.ofMinutes(2);

  private final Plan plan;
  private final Report report;
  private final Budgets budgets;

  LoadSection(Plan plan, Report report, Budgets budgets) {
    this.plan = plan;
    this.report = report;
    this.budgets = budgets;
  }

  /** Measures all legs and reports. */
  void run(Legs legs, Path raw) throws IOException, InterruptedException {
    report.heading("Requests, " + legs.client().title() + " (HTTP/1.1), Tomcat 10.1, 1 KiB");
    for (Leg leg : legs.all()) {
      report.line("%-13s TLS: %s", leg.kind().label(), legs.negotiated(leg));
    }
    warmUp(legs);
    Map<String, Rounds> measured = measure(legs, raw);
    measured.forEach(this::print);
    for (Map.Entry<String, Rounds> entry : measured.entrySet()) {
      Rounds rounds = entry.getValue();
      if (rounds.has(LegKind.WEFT) && rounds.has(LegKind.BY_HAND)) {
        compare(legs.client(), entry.getKey(), rounds);
      }
      if (rounds.has(LegKind.ENVOY)) {
        besideEnvoy(legs.client(), entry.getKey(), rounds);
      }
    }
  }

  private void compare(Legs.ClientKind client, String mode, Rounds rounds) {
    String beside = "weft / mtls-by-hand, " + load(client, mode);
    boolean saturated = mode.startsWith(CLOSED);
    budgets.atMost(1.05, "", beside + "CPU a request", byHand(rounds, Measurement::micros));
    if (saturated) {
      budgets.atLeast(0.95, "", beside + "throughput", byHand(rounds, Measurement::perSecond));
    } else {
      budgets.atMost(
          noise(rounds, Measurement::p50Micros),
          "",
          beside + "p50, the noise",
          byHand(rounds, Measurement::p50Micros));
      budgets.atMost(
          noise(rounds, Measurement::p99Micros),
          "",
          beside + "p99, the noise",
          byHand(rounds, Measurement::p99Micros));
    }
  }

  /**
   * What the design promises of agent and proxy beside an Envoy pair: throughput and CPU where the
   * machine is full, the median where it is not.
   */
  private void besideEnvoy(Legs.ClientKind client, String mode, Rounds rounds) {
    boolean saturated = mode.startsWith(CLOSED);
    String load = load(client, mode);
    if (rounds.has(LegKind.WEFT) && saturated) {
      budgets.atLeast(
          4,
          "",
          "weft / envoy, " + load + "throughput",
          rounds.ratio(LegKind.WEFT, LegKind.ENVOY, Measurement::perSecond).median());
    }
    // The JDK's client takes another way for TLS, a cheaper one: what it adds is less than nothing.
    if (rounds.has(LegKind.WEFT) && client == Legs.ClientKind.APACHE) {
      if (saturated) {
        added(0.1, LegKind.WEFT, load + "CPU", rounds, Measurement::micros);
      } else {
        added(0.1, LegKind.WEFT, load + "p50", rounds, Measurement::p50Micros);
      }
    }
    if (rounds.has(LegKind.PROXY) && !saturated) {
      added(1.5, LegKind.PROXY, load + "p50", rounds, Measurement::p50Micros);
    }
  }

  private void added(
      double most, LegKind leg, String what, Rounds rounds, ToDoubleFunction<Measurement> value) {
    budgets.atMost(
        most,
        "",
        "added to plain, " + leg.label() + " / envoy, " + what,
        rounds.addedRatio(leg, LegKind.ENVOY, value).median());
  }

  private static String load(Legs.ClientKind client, String mode) {
    return (client == Legs.ClientKind.JDK ? "" : client.title() + ", ") + mode + ": ";
  }

  private static double byHand(Rounds rounds, ToDoubleFunction<Measurement> value) {
    return rounds.ratio(LegKind.WEFT, LegKind.BY_HAND, value).median();
  }

  /** How far apart two legs were, in the worst round, that do the same: a factor, at least 1. */
  private static double noise(Rounds rounds, ToDoubleFunction<Measurement> value) {
    Spread spread = rounds.ratio(LegKind.PLAIN_2, LegKind.PLAIN_1, value);
    return Math.max(spread.max(), 1 / spread.min());
  }

  private void warmUp(Legs legs) throws InterruptedException {
    int rate = Collections.max(plan.rates());
    double openSeconds = Math.max(1, plan.warmUp() / 10.0 / rate);
    for (Leg leg : legs.all()) {
      long until = System.nanoTime() + LONGEST_WARM_UP.toNanos();
      long requests = 0;
      Measurement last;
      do {
        last = leg.measure(closed(0, WARM_UP_STEP), expected(WARM_UP_STEP));
        requests += last.outcome().requests();
      } while (requests < plan.warmUp() && System.nanoTime() < until);
      leg.measure(open(rate, 0, openSeconds), expected(openSeconds));
      report.progress(
          "warm-up of %s: %d requests, %.0f/s and %.0f us CPU a request at the end",
          leg.kind().label(), requests, last.perSecond(), last.micros());
    }
  }

  private static Duration expected(double seconds) {
    return Duration.ofSeconds((long) seconds + 1);
  }

  private String closed(double before, double seconds) {
    return String.format(Locale.ROOT, "closed %d %.3f %.3f", plan.callers(), before, seconds);
  }

  private String open(int rate, double before, double seconds) {
    return String.format(
        Locale.ROOT, "open %d %d %.3f %.3f", rate, plan.callers(), before, seconds);
  }

  private Map<String, Rounds> measure(Legs legs, Path raw)
      throws IOException, InterruptedException {
    Map<String, String> orders = new LinkedHashMap<>();
    orders.put(CLOSED + ", " + plan.callers() + " callers", closed(plan.before(), plan.seconds()));
    for (int rate : plan.rates()) {
      orders.put("open loop, " + rate + "/s", open(rate, plan.before(), plan.seconds()));
    }
    Duration expected = expected(plan.before() + plan.seconds());
    Map<String, Rounds> measured = new LinkedHashMap<>();
    try (BufferedWriter csv = Files.newBufferedWriter(raw, StandardCharsets.UTF_8)) {
      csv.write(
          "round,load,leg,requests,seconds,errors,p50_us,p99_us,max_us,"
              + "client_cpu_us,server_cpu_us,client_proxy_cpu_us,server_proxy_cpu_us,"
              + "foreign_cpus,connections\n");
      for (int round = 0; round < plan.rounds(); round++) {
        for (Map.Entry<String, String> order : orders.entrySet()) {
          Rounds rounds = measured.computeIfAbsent(order.getKey(), ignored -> new Rounds());
          rounds.begin();
          for (Leg leg : Rounds.inOrder(legs.all(), round)) {
            Measurement measurement = leg.measure(order.getValue(), expected);
            rounds.add(leg.kind(), measurement);
            csv.write(row(round, order.getKey(), leg, measurement));
          }
        }
        csv.flush();
        report.progress("round %d of %d", round + 1, plan.rounds());
      }
    }
    return measured;
  }

  private static String row(int round, String load, Leg leg, Measurement m) {
    return String.format(
        Locale.ROOT,
        "%d,\"%s\",%s,%d,%.3f,%d,%.1f,%.1f,%.1f,%.2f,%.2f,%.2f,%.2f,%.3f,%d%n",
        round + 1,
        load,
        leg.kind().label(),
        m.outcome().requests(),
        m.outcome().nanos() / 1e9,
        m.outcome().errors(),
        m.p50Micros(),
        m.p99Micros(),
        m.outcome().maxNanos() / 1e3,
        m.clientMicros(),
        m.serverMicros(),
        m.clientProxyMicros(),
        m.serverProxyMicros(),
        m.foreignCpus(),
        m.connections());
  }

  private void print(String mode, Rounds rounds) {
    report.line("");
    report.line("%s: median (min-max) of %d rounds of %.0f s", mode, plan.rounds(), plan.seconds());
    report.line(
        "  %-13s %-21s %-17s %-20s %-20s %-20s %-18s %s",
        "",
        "requests/s",
        "p50 us",
        "p99 us",
        "CPU us/request",
        "of it client",
        "server",
        "connections  errors  foreign CPUs");
    for (LegKind leg : LegKind.values()) {
      if (rounds.has(leg)) {
        report.line(
            "  %-13s %-21s %-17s %-20s %-20s %-20s %-18s %-12s %-7d %s",
            leg.label(),
            Report.whole(rounds.spread(leg, Measurement::perSecond)),
            Report.whole(rounds.spread(leg, Measurement::p50Micros)),
            Report.whole(rounds.spread(leg, Measurement::p99Micros)),
            Report.tenths(rounds.spread(leg, Measurement::micros)),
            Report.tenths(rounds.spread(leg, Measurement::clientMicros)),
            Report.tenths(rounds.spread(leg, Measurement::serverMicros)),
            connections(rounds.spread(leg, Measurement::connections)),
            rounds.of(leg).stream().mapToLong(m -> m.outcome().errors()).sum(),
            String.format(
                Locale.ROOT, "%.2f", rounds.spread(leg, Measurement::foreignCpus).median()));
      }
    }
    for (LegKind leg : List.of(LegKind.PROXY, LegKind.ENVOY)) {
      if (rounds.has(leg)) {
        report.line(
            "  of the CPU of %s: the client's proxy %s, the server's proxy %s us/request",
            leg.label(),
            Report.tenths(rounds.spread(leg, Measurement::clientProxyMicros)),
            Report.tenths(rounds.spread(leg, Measurement::serverProxyMicros)));
      }
    }
    report.line("  ratios within a round:");
    ratio("noise: plain-2 / plain-1", rounds, LegKind.PLAIN_2, LegKind.PLAIN_1);
    for (LegKind leg : BESIDE_PLAIN) {
      if (rounds.has(leg)) {
        overPlain(leg.label() + " / plain", rounds, leg);
      }
    }
    between(rounds, LegKind.WEFT, LegKind.BY_HAND);
    between(rounds, LegKind.PROXY, LegKind.WEFT);
    between(rounds, LegKind.WEFT, LegKind.ENVOY);
    between(rounds, LegKind.PROXY, LegKind.ENVOY);
    report.line("  added to plaintext within a round, us:");
    for (LegKind leg : BESIDE_PLAIN) {
      if (rounds.has(leg)) {
        report.line(
            "    %-25s CPU a request %-22s p50 %-18s p99 %s",
            leg.label(),
            Report.tenths(rounds.addedToPlain(leg, Measurement::micros)),
            Report.whole(rounds.addedToPlain(leg, Measurement::p50Micros)),
            Report.whole(rounds.addedToPlain(leg, Measurement::p99Micros)));
      }
    }
  }

  private void between(Rounds rounds, LegKind leg, LegKind baseline) {
    if (rounds.has(leg) && rounds.has(baseline)) {
      ratio(leg.label() + " / " + baseline.label(), rounds, leg, baseline);
    }
  }

  private static String connections(Spread spread) {
    return spread.min() == spread.max()
        ? String.format(Locale.ROOT, "%.0f", spread.max())
        : String.format(Locale.ROOT, "%.0f-%.0f", spread.min(), spread.max());
  }

  private void ratio(String name, Rounds rounds, LegKind leg, LegKind baseline) {
    ratios(
        name,
        rounds.ratio(leg, baseline, Measurement::perSecond),
        rounds.ratio(leg, baseline, Measurement::micros),
        rounds.ratio(leg, baseline, Measurement::p50Micros),
        rounds.ratio(leg, baseline, Measurement::p99Micros));
  }

  private void overPlain(String name, Rounds rounds, LegKind leg) {
    ratios(
        name,
        rounds.overPlain(leg, Measurement::perSecond),
        rounds.overPlain(leg, Measurement::micros),
        rounds.overPlain(leg, Measurement::p50Micros),
        rounds.overPlain(leg, Measurement::p99Micros));
  }

  private void ratios(String name, Spread throughput, Spread cpu, Spread p50, Spread p99) {
    report.line(
        "    %-25s throughput %-18s CPU %-18s p50 %-18s p99 %s",
        name,
        Report.hundredths(throughput),
        Report.hundredths(cpu),
        Report.hundredths(p50),
        Report.hundredths(p99));
  }
}

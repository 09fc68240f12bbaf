package dev.weft.perf;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A new connection for every request. Without the Envoys, which make connections of their own when
 * they want to.
 */
final class HandshakeSection {
  private static final int WARM_UPS = 3;
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private final int rounds;
  private final int count;
  private final Report report;
  private final Budgets budgets;

  HandshakeSection(int rounds, int count, Report report, Budgets budgets) {
    this.rounds = rounds;
    this.count = count;
    this.report = report;
    this.budgets = budgets;
  }

  void run(Legs legs) throws InterruptedException {
    report.heading("New connections, one request each, one after the other");
    List<Leg> measured = legs.all().stream().filter(leg -> leg.kind() != LegKind.ENVOY).toList();
    for (int i = 0; i < WARM_UPS; i++) {
      for (Leg leg : measured) {
        leg.measure(order(true), LONGEST);
      }
    }
    Rounds resumed = new Rounds();
    Rounds full = new Rounds();
    for (int round = 0; round < rounds; round++) {
      resumed.begin();
      full.begin();
      for (Leg leg : measured) {
        resumed.add(leg.kind(), leg.measure(order(true), LONGEST));
        if (leg.kind() == LegKind.BY_HAND) {
          full.add(leg.kind(), leg.measure(order(false), LONGEST));
        }
      }
      report.progress("round %d of %d", round + 1, rounds);
    }
    print(resumed, full);
  }

  private String order(boolean resume) {
    return String.format(Locale.ROOT, "connections %d %s", count, resume ? "resume" : "full");
  }

  private void print(Rounds resumed, Rounds full) {
    report.line(
        "median (min-max) of %d rounds of %d connections; CPU of both processes, the request and"
            + " the TCP connection included",
        rounds, count);
    for (LegKind leg : LegKind.values()) {
      if (resumed.has(leg)) {
        row(leg.label() + (leg.ownTls() ? ", resuming sessions" : ""), leg, resumed);
      }
    }
    row("mtls-by-hand, full handshakes", LegKind.BY_HAND, full);
    double plain =
        (resumed.spread(LegKind.PLAIN_1, Measurement::micros).median()
                + resumed.spread(LegKind.PLAIN_2, Measurement::micros).median())
            / 2;
    double byHand = resumed.spread(LegKind.BY_HAND, Measurement::micros).median() - plain;
    double byHandFull = full.spread(LegKind.BY_HAND, Measurement::micros).median() - plain;
    report.line("TLS alone, the plaintext legs' CPU subtracted:");
    report.line("  mtls-by-hand, full handshakes        %.0f us", byHandFull);
    report.line("  mtls-by-hand, resuming sessions      %.0f us", byHand);
    if (resumed.has(LegKind.WEFT)) {
      double weft = resumed.spread(LegKind.WEFT, Measurement::micros).median() - plain;
      report.line("  weft                                 %.0f us", weft);
      budgets.atMost(
          0.5, "", "a new connection's TLS: weft / mtls-by-hand that resumes", weft / byHand);
      budgets.atMost(0.5, "", "the same: weft / mtls-by-hand in full", weft / byHandFull);
    }
  }

  private void row(String name, LegKind leg, Rounds rounds) {
    report.line(
        "  %-34s CPU us/connection %-20s client %-20s server %-20s p50 us %-18s errors %d  foreign"
            + " CPUs %.2f",
        name,
        Report.whole(rounds.spread(leg, Measurement::micros)),
        Report.whole(rounds.spread(leg, Measurement::clientMicros)),
        Report.whole(rounds.spread(leg, Measurement::serverMicros)),
        Report.whole(rounds.spread(leg, Measurement::p50Micros)),
        rounds.of(leg).stream().mapToLong(m -> m.outcome().errors()).sum(),
        rounds.spread(leg, Measurement::foreignCpus).median());
  }
}

package dev.weft.perf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was promised beside what was measured. For one thread. */
final class Budgets {
  private record Entry(String what, double limit, boolean most, double measured, String unit) {
    boolean met() {
      return most ? measured <= limit : measured >= limit;
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  void atMost(double limit, String unit, String what, double measured) {
    entries.add(new Entry(what, limit, true, measured, unit));
  }

  void atLeast(double limit, String unit, String what, double measured) {
    entries.add(new Entry(what, limit, false, measured, unit));
  }

  void print(Report report) {
    if (entries.isEmpty()) {
      return;
    }
    report.heading("Against the budgets");
    for (Entry entry : entries) {
      report.line(
          "  %-68s %-22s measured %-12s %s",
          entry.what(),
          "budget " + (entry.most() ? "<= " : ">= ") + number(entry.limit()) + entry.unit(),
          number(entry.measured()) + entry.unit(),
          entry.met() ? "met" : "MISSED");
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.2f" : "%.1f", value);
  }
}

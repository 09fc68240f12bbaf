package dev.weft.cli;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How rates, shares and latencies are written. */
final class Rates {
  private Rates() {}

  static String perSecond(@Nullable Object value) {
    double rate = number(value);
    return rate >= 100
        ? String.format(Locale.ROOT, "%.0f", rate)
        : String.format(Locale.ROOT, "%.1f", rate);
  }

  /** Never 100 % of what is not all of it. */
  static String percent(@Nullable Object value) {
    double percent = number(value) * 100;
    return percent == 0 || percent == 100
        ? String.format(Locale.ROOT, "%.0f%%", percent)
        : String.format(Locale.ROOT, "%.2f%%", Math.min(percent, 99.99));
  }

  /** One of an edge's {@code latencySeconds}. */
  static String millis(Map<String, Object> edge, String quantile) {
    Object latency = edge.get("latencySeconds");
    double millis = latency instanceof Map<?, ?> all ? number(all.get(quantile)) * 1000 : 0;
    return String.format(Locale.ROOT, millis < 10 ? "%.1fms" : "%.0fms", millis);
  }

  static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }
}

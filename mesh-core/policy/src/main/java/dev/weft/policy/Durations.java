package dev.weft.policy;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How times are written. None is negative. */
enum Durations {
  /** The Gateway API's (GEP-2257): one to four whole numbers of h, m, s or ms, such as 1h30m. */
  GATEWAY(
      "(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}",
      "a time such as 500ms, 10s or 1h30m: up to four numbers of at most five digits, each with h,"
          + " m, s or ms"),

  /**
   * Envoy Gateway's, which took Go's before it took the Gateway API's: any number of parts, with
   * decimals, also of us and ns.
   */
  GO(
      "0|(?:(?:[0-9]{1,12}(?:\\.[0-9]{0,9})?|\\.[0-9]{1,9})(?:h|m|s|ms|us|µs|ns)){1,7}",
      "a time such as 250ms, 1.5s or 1h30m");

  private static final Pattern PART = Pattern.compile("([0-9.]+)([a-zµ]+)");

  private static final Map<String, Long> NANOS =
      Map.of(
          "h", 3_600_000_000_000L,
          "m", 60_000_000_000L,
          "s", 1_000_000_000L,
          "ms", 1_000_000L,
          "us", 1_000L,
          "µs", 1_000L,
          "ns", 1L);

  /** Longer ones are as good as none, and would only overflow somewhere. */
  private static final BigDecimal MAX_NANOS =
      BigDecimal.valueOf(Duration.ofDays(36_500).toSeconds()).scaleByPowerOfTen(9);

  private final Pattern pattern;
  private final String expected;

  Durations(String pattern, String expected) {
    this.pattern = Pattern.compile(pattern);
    this.expected = expected;
  }

  /** For error messages. */
  String expected() {
    return expected;
  }

  /** Reads a time; null if it is none. Parts of a nanosecond are cut. */
  @Nullable Duration parse(String text) {
    if (text.length() > 100 || !pattern.matcher(text).matches()) {
      return null;
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher parts = PART.matcher(text);
    while (parts.find()) {
      BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(parts.group(2), 0L));
      nanos = nanos.add(new BigDecimal(parts.group(1)).multiply(unit));
    }
    if (nanos.compareTo(MAX_NANOS) > 0) {
      return null;
    }
    return Duration.ofSeconds(
        nanos.scaleByPowerOfTen(-9).longValue(),
        nanos.remainder(BigDecimal.ONE.scaleByPowerOfTen(9)).longValue());
  }

  /** Writes whole milliseconds as either reads them. */
  static String show(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0 || millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    return seconds % 3600 == 0
        ? seconds / 3600 + "h"
        : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }
}

package dev.weft.policy;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Durations in settings, on the command line and in the admin API, which know days. (Those of
 * resources are {@link Durations}, as the Gateway API and Envoy Gateway write them.)
 */
public final class SettingDuration {
  private static final int MAX_DIGITS = 9;

  private SettingDuration() {}

  /**
   * Reads {@code 250ms}, {@code 3s}, {@code 10m}, {@code 24h}, {@code 30d}, and sums such as {@code
   * 1h30m}; null if it is none. Never negative.
   */
  public static @Nullable Duration parse(String text) {
    Duration sum = Duration.ZERO;
    int at = 0;
    while (at < text.length()) {
      int unit = end(text, at, true);
      int next = end(text, unit, false);
      if (unit == at || unit - at > MAX_DIGITS) {
        return null;
      }
      Duration part = of(Long.parseLong(text.substring(at, unit)), text.substring(unit, next));
      if (part == null) {
        return null;
      }
      sum = sum.plus(part);
      at = next;
    }
    return text.isEmpty() ? null : sum;
  }

  /** Where the digits, or what is none, end that begin here. */
  private static int end(String text, int from, boolean digits) {
    int end = from;
    while (end < text.length() && digits == (text.charAt(end) >= '0' && text.charAt(end) <= '9')) {
      end++;
    }
    return end;
  }

  private static @Nullable Duration of(long number, String unit) {
    return switch (unit) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      case "d" -> Duration.ofDays(number);
      default -> null;
    };
  }
}

package dev.weft.coordinator.admin;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as people write them. */
public final class Durations {
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(ms|d|h|m|s)");

  private Durations() {}

  /**
   * Reads {@code 30d}, {@code 12h}, {@code 15m}, {@code 90s}, {@code 1h30m}; null if it is none.
   */
  public static @Nullable Duration parse(String text) {
    Matcher matcher = PART.matcher(text);
    Duration sum = Duration.ZERO;
    int end = 0;
    while (end < text.length() && matcher.find(end) && matcher.start() == end) {
      long amount = Long.parseLong(matcher.group(1));
      sum =
          sum.plus(
              switch (matcher.group(2)) {
                case "d" -> Duration.ofDays(amount);
                case "h" -> Duration.ofHours(amount);
                case "m" -> Duration.ofMinutes(amount);
                case "s" -> Duration.ofSeconds(amount);
                default -> Duration.ofMillis(amount);
              });
      end = matcher.end();
    }
    return text.isEmpty() || end < text.length() ? null : sum;
  }
}

package com.example.perf;

import java.util.Locale;
import org.HdrHistogram.AbstractHistogram;

/**
 * What the calls of one measurement came to. Travels as one line from the client's process.
 *
 * @param requests calls that were measured, errors not among them
 * @param nanos how long it took, &gt; 0
 * @param errors calls that failed or were answered wrongly, also before the measured time
 * @param p50Nanos latency, from when the call was to begin
 */
public record Outcome(
    long requests, long nanos, long errors, long p50Nanos, long p99Nanos, long maxNanos) {

  static Outcome of(AbstractHistogram latencies, long nanos, long errors) {
    return new Outcome(
        latencies.getTotalCount(),
        Math.max(1, nanos),
        errors,
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        latencies.getMaxValue());
  }

  public double perSecond() {
    return requests * 1e9 / nanos;
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "done %d %d %d %d %d %d",
        requests,
        nanos,
        errors,
        p50Nanos,
        p99Nanos,
        maxNanos);
  }

  /**
   * The reverse of what {@link Client} prints.
   *
   * @throws IllegalArgumentException if it is not such a line
   */
  public static Outcome parse(String line) {
    String[] words = line.split(" ");
    if (words.length != 7 || !words[0].equals("done")) {
      throw new IllegalArgumentException(
          "line: \"" + line + "\" (expected: \"done\" and six numbers)");
    }
    return new Outcome(
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        Long.parseLong(words[4]),
        Long.parseLong(words[5]),
        Long.parseLong(words[6]));
  }
}

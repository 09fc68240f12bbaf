package dev.weft.runtime.telemetry;

import dev.weft.wire.LatencyBounds;
import java.util.Locale;

/**
 * Writes metrics in Prometheus' text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). For one thread.
 */
final class Exposition {
  /** Value of {@code Content-Type}. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(16 * 1024);

  /**
   * Begins a metric; its samples have to follow.
   *
   * @param type {@code counter}, {@code gauge} or {@code histogram}
   */
  void metric(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /**
   * @param labels as {@link #labels} makes them; empty for none
   */
  void sample(String name, String labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(number(value)).append('\n');
  }

  /**
   * A histogram's samples.
   *
   * @param buckets as in {@link EdgeTable.Series#buckets()}
   * @param unit how many of the metric's unit are a second
   */
  void histogram(String name, String labels, long[] buckets, double seconds, int unit) {
    long cumulative = 0;
    for (int i = 0; i < buckets.length; i++) {
      cumulative += buckets[i];
      double bound = LatencyBounds.seconds(i) * unit;
      String le = Double.isInfinite(bound) ? "+Inf" : number(bound);
      sample(name + "_bucket", labels + ",le=\"" + le + "\"", cumulative);
    }
    sample(name + "_sum", labels, seconds * unit);
    sample(name + "_count", labels, cumulative);
  }

  /** {@code name="value",name="value"}, escaped. */
  static String labels(String... namesAndValues) {
    StringBuilder labels = new StringBuilder(160);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      if (i > 0) {
        labels.append(',');
      }
      labels.append(namesAndValues[i]).append("=\"");
      String value = namesAndValues[i + 1];
      for (int j = 0; j < value.length(); j++) {
        char c = value.charAt(j);
        if (c == '\\' || c == '"') {
          labels.append('\\').append(c);
        } else if (c == '\n') {
          labels.append("\\n");
        } else {
          labels.append(c);
        }
      }
      labels.append('"');
    }
    return labels.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%s", value);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}

package dev.weft.policy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thing wrong with a resource, written for whoever has to correct it.
 *
 * @param path of the field, such as {@code spec.mtls.mode} or {@code items[2].metadata.name}
 * @param value what the field holds, as text of at most {@value #MAX_VALUE} characters; null if the
 *     field is missing
 * @param expected what it should hold
 */
public record Problem(String path, @Nullable String value, String expected) {
  /** Longer values are cut. */
  public static final int MAX_VALUE = 80;

  /** A problem with a field that is there; the value is shown as text, and cut if long. */
  public static Problem wrong(String path, @Nullable Object value, String expected) {
    return new Problem(path, show(value), expected);
  }

  /** A problem with a field that is not there. */
  public static Problem missing(String path, String expected) {
    return new Problem(path, null, expected);
  }

  /** The same problem, seen from an enclosing document. */
  public Problem within(String prefix) {
    return new Problem(prefix + path, value, expected);
  }

  /** One line: {@code spec.mtls.mode: STRCT (expected: one of …)}. */
  @Override
  public String toString() {
    return path + ": " + (value == null ? "missing" : value) + " (expected: " + expected + ")";
  }

  private static String show(@Nullable Object value) {
    String text;
    if (value instanceof Map<?, ?> map) {
      // A whole tree says less than its shape.
      text = map.isEmpty() ? "{}" : "an object with " + map.keySet();
    } else if (value instanceof List<?> list) {
      text = list.isEmpty() ? "[]" : "a list of " + list.size();
    } else {
      text = String.valueOf(value);
    }
    return text.length() <= MAX_VALUE ? text : text.substring(0, MAX_VALUE) + "…";
  }
}

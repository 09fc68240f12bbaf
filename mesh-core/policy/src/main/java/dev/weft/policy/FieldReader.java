package dev.weft.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one object of a resource, field by field, and collects what is wrong instead of stopping at
 * the first. Fields that nobody asked for by the time of {@link #close()} are unknown and refused:
 * a field that we do not honour is never ignored. Explicit nulls count as absent, as in Kubernetes.
 *
 * <p>For one thread.
 */
final class FieldReader implements AutoCloseable {
  /** Further problems of one resource are not listed: nobody reads them before the first ones. */
  static final int MAX_PROBLEMS = 50;

  /** What is no text in YAML unless it is quoted. */
  private static final Pattern UNQUOTED = Pattern.compile("-?[0-9]+(\\.[0-9]+)?|true|false");

  private final Map<?, ?> tree;
  private final String path;
  private final List<Problem> problems;
  private final TreeSet<String> known = new TreeSet<>();

  /** Fields that exist where the kind comes from, and are refused here with a reason. */
  private final Set<String> refused = new HashSet<>();

  /**
   * @param path of the object; empty for the document itself
   * @param problems collects what is wrong
   */
  FieldReader(Map<?, ?> tree, String path, List<Problem> problems) {
    this.tree = tree;
    this.path = path;
    this.problems = problems;
  }

  String path() {
    return path;
  }

  Map<?, ?> tree() {
    return tree;
  }

  List<Problem> problems() {
    return problems;
  }

  /** The path of one of this object's fields. */
  String path(String field) {
    boolean plain =
        field.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_');
    if (!plain || field.isEmpty()) {
      return path + "[\"" + field + "\"]";
    }
    return path.isEmpty() ? field : path + "." + field;
  }

  void problem(Problem problem) {
    if (problems.size() < MAX_PROBLEMS) {
      problems.add(problem);
    }
  }

  void wrong(String field, @Nullable Object value, String expected) {
    problem(Problem.wrong(path(field), value, expected));
  }

  /** Shows the quotes of a number or a boolean that would be right without them. */
  private void mistyped(String field, Object value, String expected) {
    boolean quoted = value instanceof String text && UNQUOTED.matcher(text).matches();
    wrong(field, quoted ? "\"" + value + "\" (in quotes)" : value, expected);
  }

  boolean has(String field) {
    known.add(field);
    return tree.get(field) != null;
  }

  /** Accepts a field without reading it. */
  void ignore(String... fields) {
    known.addAll(List.of(fields));
  }

  /** The field's value, whatever it is. */
  @Nullable Object any(String field) {
    known.add(field);
    return tree.get(field);
  }

  /** The field's text, or null, reported, if it is missing or no text. */
  @Nullable String requiredString(String field, String expected) {
    if (!has(field)) {
      problem(Problem.missing(path(field), expected));
      return null;
    }
    return string(field, expected);
  }

  /** The field's text, or null if it is missing or, reported, no text. */
  @Nullable String string(String field, String expected) {
    Object value = any(field);
    if (value == null || value instanceof String) {
      return (String) value;
    }
    wrong(field, value, expected + ", as text (in quotes)");
    return null;
  }

  /** The field as one of these constants, or null if it is missing or, reported, none of them. */
  <T extends Enum<T>> @Nullable T constant(String field, Class<T> type) {
    String expected = "one of " + names(type);
    String value = string(field, expected);
    if (value == null) {
      return null;
    }
    for (T constant : type.getEnumConstants()) {
      if (constant.name().equals(value)) {
        return constant;
      }
    }
    wrong(field, value, expected);
    return null;
  }

  /**
   * The constant that is written so, or null if the field is missing or, reported, none of them.
   */
  <T> @Nullable T constant(String field, Map<String, T> constants) {
    String expected = "one of " + String.join(", ", constants.keySet());
    String value = string(field, expected);
    if (value == null) {
      return null;
    }
    T constant = constants.get(value);
    if (constant == null) {
      wrong(field, value, expected);
    }
    return constant;
  }

  /**
   * The field's whole number, or null if it is missing or, reported, none or out of range.
   *
   * @param min least
   * @param max greatest
   */
  @Nullable Integer integer(String field, int min, int max) {
    Long value = whole(field, min, max);
    return value == null ? null : Integer.valueOf(value.intValue());
  }

  /** As {@link #integer}, of any size. */
  @Nullable Long whole(String field, long min, long max) {
    Object value = any(field);
    if (value == null) {
      return null;
    }
    if ((value instanceof Long || value instanceof Integer)
        && ((Number) value).longValue() >= min
        && ((Number) value).longValue() <= max) {
      return ((Number) value).longValue();
    }
    mistyped(field, value, "a whole number from " + min + " to " + max);
    return null;
  }

  /** The field's percentage, with decimals, or null if it is missing or, reported, none. */
  @Nullable Double percentage(String field) {
    Object value = any(field);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number
        && number.doubleValue() >= 0
        && number.doubleValue() <= 100) {
      return number.doubleValue();
    }
    mistyped(field, value, "a number from 0 to 100");
    return null;
  }

  /** The field's time, or null if it is missing or, reported, none. */
  @Nullable Duration duration(String field, Durations syntax) {
    String text = string(field, syntax.expected());
    if (text == null) {
      return null;
    }
    Duration duration = syntax.parse(text);
    if (duration == null) {
      wrong(field, text, syntax.expected());
    }
    return duration;
  }

  /** As {@link #duration}, within limits. */
  @Nullable Duration duration(String field, Durations syntax, Duration min, Duration max) {
    Duration duration = duration(field, syntax);
    if (duration != null && (duration.compareTo(min) < 0 || duration.compareTo(max) > 0)) {
      wrong(field, any(field), "from " + Durations.show(min) + " to " + Durations.show(max));
      return null;
    }
    return duration;
  }

  /** Refuses a field that we do not honour, if it is given; an empty list is as good as none. */
  void refuse(String field, String reason) {
    refused.add(field);
    Object value = tree.get(field);
    if (value != null && !(value instanceof List<?> list && list.isEmpty())) {
      wrong(field, value, "absent: " + reason);
    }
  }

  /**
   * Accepts a field that we do not honour, if it says what holds anyway: what {@code kubectl} fills
   * in must not make ordinary files fail.
   */
  void only(String field, Object accepted, String reason) {
    known.add(field);
    Object value = tree.get(field);
    if (value == null || value.equals(accepted)) {
      return;
    }
    mistyped(field, value, accepted + " or absent: " + reason);
  }

  /** Whether a list is missing or has nothing in it. */
  boolean isEmpty(String field) {
    Object value = any(field);
    return value == null || value instanceof List<?> list && list.isEmpty();
  }

  /** Hands over each object of a list; what is no object is reported and left out. */
  void objects(String field, int max, Consumer<FieldReader> reader) {
    List<?> list = list(field, max);
    for (int i = 0; i < list.size(); i++) {
      String at = path(field) + "[" + i + "]";
      if (list.get(i) instanceof Map<?, ?> map) {
        try (FieldReader element = new FieldReader(map, at, problems)) {
          reader.accept(element);
        }
      } else {
        problem(Problem.wrong(at, list.get(i), "an object"));
      }
    }
  }

  /** The texts of a list; what is no text is reported and left out. */
  List<String> strings(String field, int max, String expected) {
    List<String> all = new ArrayList<>();
    List<?> list = list(field, max);
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) instanceof String text) {
        all.add(text);
      } else {
        problem(
            Problem.wrong(
                path(field) + "[" + i + "]", list.get(i), expected + ", as text (in quotes)"));
      }
    }
    return all;
  }

  /** The field's list; empty if it is missing or, reported, no list or too long. */
  List<?> list(String field, int max) {
    Object value = any(field);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      wrong(field, value, "a list");
      return List.of();
    }
    if (list.size() > max) {
      wrong(field, list.size() + " entries", "at most " + max);
      return List.of();
    }
    return list;
  }

  /** A reader of the object in a field, or null if it is missing or, reported, no object. */
  @Nullable FieldReader object(String field) {
    Object value = any(field);
    if (value == null) {
      return null;
    }
    if (value instanceof Map<?, ?> map) {
      return new FieldReader(map, path(field), problems);
    }
    wrong(field, value, "an object");
    return null;
  }

  /** The names of this object's fields that are not null, in their order. */
  List<String> fields() {
    List<String> fields = new ArrayList<>();
    tree.forEach(
        (field, value) -> {
          if (value != null) {
            fields.add(String.valueOf(field));
          }
        });
    return fields;
  }

  /** The field as text to text; entries that are not text are reported and left out. */
  Map<String, String> stringMap(String field, int maxEntries) {
    Map<String, String> all = new LinkedHashMap<>();
    try (FieldReader map = object(field)) {
      if (map == null) {
        return all;
      }
      List<String> keys = map.fields();
      map.ignore(keys.toArray(String[]::new));
      if (keys.size() > maxEntries) {
        wrong(field, keys.size() + " entries", "at most " + maxEntries);
        return all;
      }
      for (String key : keys) {
        String value = map.string(key, "text");
        if (value != null) {
          all.put(key, value);
        }
      }
    }
    return all;
  }

  /** Reports the fields that nobody asked for. */
  @Override
  public void close() {
    for (Map.Entry<?, ?> entry : tree.entrySet()) {
      String field = String.valueOf(entry.getKey());
      if (known.contains(field) || refused.contains(field)) {
        continue;
      }
      String nearest = Nearest.of(field, known);
      wrong(
          field,
          entry.getValue(),
          (known.isEmpty() ? "no fields here" : "a known field: " + String.join(", ", known))
              + (nearest == null ? "" : "; did you mean " + nearest + "?"));
    }
  }

  private static <T extends Enum<T>> String names(Class<T> type) {
    List<String> names = new ArrayList<>();
    for (T constant : type.getEnumConstants()) {
      names.add(constant.name());
    }
    return String.join(", ", names);
  }
}

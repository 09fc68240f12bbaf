package dev.weft.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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

  private final Map<?, ?> tree;
  private final String path;
  private final List<Problem> problems;
  private final TreeSet<String> known = new TreeSet<>();

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
      if (known.contains(field)) {
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

package dev.weft.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks into JSON trees, without complaint about what is not there. */
final class Trees {
  private Trees() {}

  /** A list of objects; empty if there is none. */
  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> list(Map<String, ?> tree, String field) {
    return tree.get(field) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
  }

  /** What is at the end of a path of fields, or null. */
  static @Nullable Object at(@Nullable Object tree, String... path) {
    Object value = tree;
    for (String field : path) {
      value = value instanceof Map<?, ?> map ? map.get(field) : null;
    }
    return value;
  }

  /** The same as text; {@code -} if there is none. */
  static String text(@Nullable Object tree, String... path) {
    Object value = at(tree, path);
    return value == null || value.equals("") ? "-" : String.valueOf(value);
  }

  /** A list's elements, joined; {@code -} if there are none. */
  static String joined(@Nullable Object tree, String... path) {
    if (at(tree, path) instanceof List<?> list && !list.isEmpty()) {
      return String.join(",", list.stream().map(String::valueOf).toList());
    }
    return "-";
  }
}

package dev.weft.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Trees of {@code Map}, {@code List}, {@code String}, {@code Long}, {@code Double}, {@code
 * Boolean}.
 */
final class Trees {
  private Trees() {}

  /**
   * An unmodifiable copy in which fields are sorted and those that are null left out, so that two
   * ways of writing the same resource become one.
   */
  static Map<String, Object> canonical(Map<?, ?> tree) {
    TreeMap<String, Object> sorted = new TreeMap<>();
    tree.forEach(
        (key, value) -> {
          if (value != null) {
            sorted.put(String.valueOf(key), canonicalValue(value));
          }
        });
    return Collections.unmodifiableMap(new LinkedHashMap<>(sorted));
  }

  private static Object canonicalValue(Object value) {
    if (value instanceof Map<?, ?> map) {
      return canonical(map);
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>(list.size());
      for (Object element : list) {
        copy.add(element == null ? null : canonicalValue(element));
      }
      return Collections.unmodifiableList(copy);
    }
    return value;
  }
}

package dev.weft.engine.inbound;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Istio's values match: a text, {@code prefix*}, {@code *suffix}, or {@code *} for any that is
 * not empty. Immutable.
 */
final class Patterns {
  private static final String[] NONE = {};

  private final boolean anything;
  private final Set<String> exact;
  private final String[] prefixes;
  private final String[] suffixes;

  Patterns(List<String> values) {
    Set<String> texts = new HashSet<>();
    List<String> beginnings = new ArrayList<>();
    List<String> ends = new ArrayList<>();
    boolean star = false;
    for (String value : values) {
      if (value.equals("*")) {
        star = true;
      } else if (value.startsWith("*")) {
        ends.add(value.substring(1));
      } else if (value.endsWith("*")) {
        beginnings.add(value.substring(0, value.length() - 1));
      } else {
        texts.add(value);
      }
    }
    this.anything = star;
    this.exact = Set.copyOf(texts);
    this.prefixes = beginnings.toArray(NONE);
    this.suffixes = ends.toArray(NONE);
  }

  boolean match(@Nullable String value) {
    if (value == null) {
      return false;
    }
    if ((anything && !value.isEmpty()) || (!exact.isEmpty() && exact.contains(value))) {
      return true;
    }
    for (String prefix : prefixes) {
      if (value.startsWith(prefix)) {
        return true;
      }
    }
    for (String suffix : suffixes) {
      if (value.endsWith(suffix)) {
        return true;
      }
    }
    return false;
  }
}

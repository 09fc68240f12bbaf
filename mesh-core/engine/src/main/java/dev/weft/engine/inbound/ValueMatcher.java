package dev.weft.engine.inbound;

import dev.weft.policy.AuthorizationPolicy.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values of policy, compiled: one of some, and none of others. Immutable.
 *
 * <p>A property that a server may read in several ways (a header that comes twice, a path with an
 * escaped slash) has to have the value in every way to be allowed, and in one way to be denied.
 * {@code every} says which of the two is asked for.
 */
final class ValueMatcher {
  private final @Nullable Patterns of;
  private final @Nullable Patterns not;

  private ValueMatcher(@Nullable Patterns of, @Nullable Patterns not) {
    this.of = of;
    this.not = not;
  }

  /** Null if the values say nothing. */
  static @Nullable ValueMatcher of(Values values) {
    return values.isAny() ? null : new ValueMatcher(patterns(values.of()), patterns(values.not()));
  }

  private static @Nullable Patterns patterns(List<String> values) {
    return values.isEmpty() ? null : new Patterns(values);
  }

  /**
   * Of a property that has one value.
   *
   * @param value null if the request does not have it
   */
  boolean holds(@Nullable String value) {
    return (of == null || of.match(value)) && (not == null || !not.match(value));
  }

  /**
   * Of a property that has a value in two ways of writing it, either of which may be meant.
   *
   * @param value null if the request does not have it
   */
  boolean holdsForEither(@Nullable String value, @Nullable String same) {
    return (of == null || of.match(value) || of.match(same))
        && (not == null || !(not.match(value) || not.match(same)));
  }

  /** Of a property that may be read in two ways. */
  boolean holds(String value, @Nullable String other, boolean every) {
    if (other == null) {
      return holds(value);
    }
    return every ? holds(value) && holds(other) : holds(value) || holds(other);
  }

  /**
   * Of a property with any number of values, each of which may be taken for the only one, as may
   * all together.
   */
  boolean holds(List<String> values, boolean every) {
    switch (values.size()) {
      case 0:
        return holds((String) null);
      case 1:
        return holds(values.get(0));
      default:
        for (String value : values) {
          if (holds(value) != every) {
            return !every;
          }
        }
        // Servers join what comes several times; a prefix or a suffix may match only so.
        return every || holds(String.join(",", values));
    }
  }
}

package dev.weft.engine.route;

import dev.weft.engine.inbound.PathNormalizer;
import dev.weft.policy.HttpRoute;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a path, or the prefix of it that a rule matched, as the Gateway API has it. Immutable.
 */
final class PathEdit {
  private final boolean prefix;
  private final String value;

  private PathEdit(boolean prefix, String value) {
    this.prefix = prefix;
    this.value = value;
  }

  static @Nullable PathEdit of(HttpRoute.@Nullable PathChange change) {
    if (change == null) {
      return null;
    }
    // Whether a prefix ends in a slash makes no difference to what follows it.
    return new PathEdit(
        change.prefix(),
        change.prefix() ? PathIndex.withoutSlashes(change.value()) : change.value());
  }

  /**
   * @param matched length of the prefix that was matched, without slashes at its end
   */
  String apply(String path, int matched) {
    String changed = prefix ? value + rest(path, matched) : value;
    return changed.isEmpty() ? "/" : changed;
  }

  /**
   * What follows the prefix, as it was sent where the prefix was sent as the rule has it; else
   * (escaped, say) as it was read.
   */
  private static String rest(String path, int matched) {
    String normal = PathNormalizer.normalize(path);
    boolean asTheRuleHasIt =
        normal != null
            && path.regionMatches(0, normal, 0, matched)
            && (path.length() <= matched || "/;".indexOf(path.charAt(matched)) >= 0);
    return normal == null || asTheRuleHasIt
        ? path.substring(Math.min(matched, path.length()))
        : PathNormalizer.escape(normal.substring(Math.min(matched, normal.length())));
  }
}

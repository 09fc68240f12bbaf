package dev.weft.engine.route;

import dev.weft.engine.inbound.PathNormalizer;
import dev.weft.policy.HttpRoute.PathMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the match that takes precedence: exact paths, then the longest prefix of whole segments,
 * then regular expressions, then the prefix {@code /}, which everything has and without which no
 * expression could ever be reached beside a rule for the rest. Among equal paths: {@link
 * RouteMatch#PRECEDENCE}. Time depends on the path's length and on the matches of equal paths, not
 * on the number of routes; nothing is allocated but by expressions. Immutable.
 */
final class PathIndex {
  private static final RouteMatch[] NONE = {};

  /** A prefix, and what is matched under it, in order. */
  private record Prefix(String text, RouteMatch[] matches) {}

  private final Map<String, RouteMatch[]> exact = new LinkedHashMap<>();
  private final @Nullable Prefix[] prefixes;
  private final int longestPrefix;
  private final RouteMatch[] expressions;
  private final RouteMatch[] everything;

  PathIndex(List<RouteMatch> matches) {
    List<RouteMatch> sorted = new ArrayList<>(matches);
    sorted.sort(RouteMatch.PRECEDENCE);
    Map<String, List<RouteMatch>> byExact = new LinkedHashMap<>();
    Map<String, List<RouteMatch>> byPrefix = new LinkedHashMap<>();
    List<RouteMatch> byExpression = new ArrayList<>();
    for (RouteMatch match : sorted) {
      String path = comparable(match.path());
      switch (match.path().type()) {
        case EXACT -> byExact.computeIfAbsent(path, p -> new ArrayList<>()).add(match);
        case PREFIX ->
            byPrefix.computeIfAbsent(withoutSlashes(path), p -> new ArrayList<>()).add(match);
        case REGEX -> byExpression.add(match);
      }
    }
    byExact.forEach((path, all) -> exact.put(path, all.toArray(NONE)));
    List<RouteMatch> ofRoot = byPrefix.remove("");
    this.everything = ofRoot == null ? NONE : ofRoot.toArray(NONE);
    this.expressions = byExpression.toArray(NONE);
    this.prefixes = new Prefix[Math.max(2, Integer.highestOneBit(byPrefix.size() + 1) * 4)];
    byPrefix.forEach((path, all) -> put(new Prefix(path, all.toArray(NONE))));
    this.longestPrefix =
        byPrefix.keySet().stream().map(String::length).max(Comparator.naturalOrder()).orElse(0);
  }

  /** All matches, in the order in which they are looked for. */
  List<RouteMatch> inOrder() {
    List<RouteMatch> all = new ArrayList<>();
    exact.forEach((path, matches) -> all.addAll(List.of(matches)));
    List<Prefix> sorted = new ArrayList<>();
    for (Prefix prefix : prefixes) {
      if (prefix != null) {
        sorted.add(prefix);
      }
    }
    sorted.sort(Comparator.comparing((Prefix p) -> -p.text().length()).thenComparing(Prefix::text));
    sorted.forEach(prefix -> all.addAll(List.of(prefix.matches())));
    all.addAll(List.of(expressions));
    all.addAll(List.of(everything));
    return all;
  }

  /** {@code /a/} is the same prefix as {@code /a}. */
  static String withoutSlashes(String path) {
    int end = path.length();
    while (end > 0 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  /** The value of a match in the form in which paths are compared. */
  static String comparable(PathMatch path) {
    return path.type() == PathMatch.Type.REGEX
        ? path.value()
        : PathNormalizer.pattern(path.value());
  }

  /** A path that has no normal form is compared as it was sent: traffic features fail open. */
  static String comparable(RequestHead head) {
    String path = PathNormalizer.normalize(head.path());
    return path == null ? head.path() : path;
  }

  @Nullable RouteMatch find(RequestHead head) {
    String path = comparable(head);
    RouteMatch found = exact.isEmpty() ? null : first(exact.get(path), head);
    if (found == null && longestPrefix > 0 && path.startsWith("/")) {
      found = longest(head, path, 0, 0);
    }
    if (found == null) {
      found = matching(head, path);
    }
    return found == null ? first(everything, head) : found;
  }

  /** Looks behind the segment that begins at {@code from} first, then at it. */
  private @Nullable RouteMatch longest(RequestHead head, String path, int from, int hash) {
    int length = path.length();
    int end = from;
    do {
      hash = 31 * hash + path.charAt(end++);
    } while (end < length && path.charAt(end) != '/');
    if (end > longestPrefix) {
      return null;
    }
    RouteMatch deeper = end < length ? longest(head, path, end, hash) : null;
    return deeper != null ? deeper : first(get(path, end, hash), head);
  }

  private @Nullable RouteMatch matching(RequestHead head, String path) {
    for (RouteMatch match : expressions) {
      if (match.expressionMatches(path) && match.conditions().hold(head)) {
        return match;
      }
    }
    return null;
  }

  private static @Nullable RouteMatch first(RouteMatch @Nullable [] matches, RequestHead head) {
    if (matches != null) {
      for (RouteMatch match : matches) {
        if (match.conditions().hold(head)) {
          return match;
        }
      }
    }
    return null;
  }

  // ---- a hash table of prefixes, so that a part of a path is looked up without being cut out

  private void put(Prefix prefix) {
    int at = slot(prefix.text().hashCode());
    while (prefixes[at] != null) {
      at = at + 1 & prefixes.length - 1;
    }
    prefixes[at] = prefix;
  }

  /**
   * @param hash as {@link String#hashCode} has it, of the first {@code end} characters
   */
  private RouteMatch @Nullable [] get(String path, int end, int hash) {
    int at = slot(hash);
    Prefix prefix;
    while ((prefix = prefixes[at]) != null) {
      if (prefix.text().length() == end && path.startsWith(prefix.text())) {
        return prefix.matches();
      }
      at = at + 1 & prefixes.length - 1;
    }
    return null;
  }

  private int slot(int hash) {
    return (hash ^ hash >>> 16) & prefixes.length - 1;
  }

  static boolean isPrefix(PathMatch path) {
    return path.type() == PathMatch.Type.PREFIX;
  }
}

package dev.weft.engine.route;

import com.google.re2j.Pattern;
import dev.weft.policy.HttpRoute;
import dev.weft.policy.ServiceName;
import java.time.Instant;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One match of one rule of one route, compiled. Immutable.
 *
 * @param expression of a path that is one; null for the others
 * @param matched length of the prefix, without slashes at its end; 0 for paths that are no prefix
 * @param created when the route was; {@link Instant#MAX} if nobody said
 * @param route its {@code namespace/name}
 * @param position of the rule in the route
 */
public record RouteMatch(
    HttpRoute.PathMatch path,
    @Nullable Pattern expression,
    int matched,
    Conditions conditions,
    Instant created,
    String route,
    int position,
    Rule rule) {
  /**
   * The Gateway API's order of matches with equal paths: with a method; with more headers; with
   * more parameters; of the older route; of the first by name; of the first rule.
   */
  static final Comparator<RouteMatch> PRECEDENCE =
      Comparator.comparing((RouteMatch c) -> !c.conditions.hasMethod())
          .thenComparing(c -> -c.conditions.headerCount())
          .thenComparing(c -> -c.conditions.queryCount())
          .thenComparing(RouteMatch::created)
          .thenComparing(RouteMatch::route)
          .thenComparing(RouteMatch::position);

  static RouteMatch of(
      HttpRoute route, int position, HttpRoute.Match match, Rule rule, Expressions expressions) {
    HttpRoute.PathMatch path = match.path();
    Instant created = route.metadata().creationTimestamp();
    return new RouteMatch(
        path,
        path.type() == HttpRoute.PathMatch.Type.REGEX ? expressions.compiled(path.value()) : null,
        PathIndex.isPrefix(path)
            ? PathIndex.withoutSlashes(PathIndex.comparable(path)).length()
            : 0,
        Conditions.of(match, expressions),
        created == null ? Instant.MAX : created,
        route.metadata().namespace() + "/" + route.metadata().name(),
        position,
        rule);
  }

  /** What holds where no route is. */
  static RouteMatch implicit(ServiceName service, Rule rule, Expressions expressions) {
    return new RouteMatch(
        HttpRoute.Match.ANY.path(),
        null,
        0,
        Conditions.of(HttpRoute.Match.ANY, expressions),
        Instant.MAX,
        service.toString(),
        0,
        rule);
  }

  /** What of this match does not hold for a request, in words; null if all does. */
  @Nullable String against(RequestHead head) {
    return pathMatches(PathIndex.comparable(head))
        ? conditions.against(head)
        : "the path is " + head.path();
  }

  private boolean pathMatches(String whole) {
    String value = PathIndex.comparable(path);
    return switch (path.type()) {
      case EXACT -> whole.equals(value);
      case REGEX -> expressionMatches(whole);
      case PREFIX ->
          matched == 0
              || whole.startsWith(value.substring(0, matched))
                  && (whole.length() == matched || whole.charAt(matched) == '/');
    };
  }

  boolean expressionMatches(String whole) {
    return expression != null && expression.matches(whole);
  }

  @Override
  public String toString() {
    String type =
        switch (path.type()) {
          case EXACT -> "Exact ";
          case PREFIX -> "PathPrefix ";
          case REGEX -> "RegularExpression ";
        };
    return type + path.value() + conditions;
  }
}

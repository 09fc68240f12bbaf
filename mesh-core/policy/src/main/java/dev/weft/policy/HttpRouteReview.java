package dev.weft.policy;

import dev.weft.policy.HttpRoute.Backend;
import dev.weft.policy.HttpRoute.Filter;
import dev.weft.policy.HttpRoute.Match;
import dev.weft.policy.HttpRoute.Mirror;
import dev.weft.policy.HttpRoute.Parent;
import dev.weft.policy.HttpRoute.Redirect;
import dev.weft.policy.HttpRoute.Rule;
import dev.weft.policy.HttpRoute.ValueMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at an HTTPRoute that is accepted: what in it leads nowhere, and what never has an effect.
 * The first becomes the condition {@code ResolvedRefs} of the Gateway API.
 */
final class HttpRouteReview {
  /** Of two routes that say the same the first in this order holds (Gateway API). */
  private static final Comparator<HttpRoute> OLDEST_FIRST =
      Comparator.comparing(HttpRoute::metadata, Metadata.OLDEST_FIRST);

  private HttpRouteReview() {}

  static List<String> review(Resource resource, Surroundings surroundings) {
    HttpRoute route = (HttpRoute) resource.spec();
    List<String> warnings = new ArrayList<>();
    for (Parent parent : route.parents()) {
      int port = parent.port() == null ? -1 : parent.port();
      String missing = surroundings.missing(parent.service(), port);
      if (missing != null) {
        warnings.add("parentRefs: Service " + parent.service() + " " + missing);
      }
    }
    warnings.addAll(unresolved(route, surroundings));
    for (int i = 0; i < route.rules().size(); i++) {
      Rule rule = route.rules().get(i);
      boolean redirects = rule.filters().stream().anyMatch(Redirect.class::isInstance);
      if (!redirects && rule.backends().stream().allMatch(backend -> backend.weight() == 0)) {
        warnings.add(
            "rules["
                + i
                + "]: "
                + (rule.backends().isEmpty() ? "no backendRefs" : "every weight is 0")
                + ", and no RequestRedirect: what it matches is answered with 500");
      }
    }
    warnings.addAll(shadowed(route, surroundings));
    return warnings;
  }

  /** What the route refers to and is not there, one sentence each. */
  static List<String> unresolved(HttpRoute route, Surroundings surroundings) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < route.rules().size(); i++) {
      Rule rule = route.rules().get(i);
      for (int j = 0; j < rule.backends().size(); j++) {
        Backend backend = rule.backends().get(j);
        String missing = surroundings.missing(backend.service(), backend.port());
        if (missing != null) {
          all.add(
              "rules["
                  + i
                  + "].backendRefs["
                  + j
                  + "]: Service "
                  + backend.service()
                  + " "
                  + missing
                  + (backend.weight() == 0 ? "" : "; its share is answered with an error"));
        }
      }
      for (Filter filter : rule.filters()) {
        if (filter instanceof Mirror mirror) {
          String missing = surroundings.missing(mirror.service(), mirror.port());
          if (missing != null) {
            all.add(
                "rules[" + i + "]: RequestMirror to Service " + mirror.service() + " " + missing);
          }
        }
      }
    }
    return all;
  }

  /**
   * Matches that another one hides: of an earlier rule, or of an older route that is for the same
   * callers.
   */
  private static List<String> shadowed(HttpRoute route, Surroundings surroundings) {
    List<String> all = new ArrayList<>();
    Map<Match, String> earlier = new LinkedHashMap<>();
    for (HttpRoute other : olderForAllParents(route, surroundings)) {
      for (Rule rule : other.rules()) {
        for (Match match : rule.matches()) {
          earlier.putIfAbsent(
              canonical(match),
              "beside the older HTTPRoute "
                  + other.metadata().namespace()
                  + "/"
                  + other.metadata().name()
                  + ", which matches the same");
        }
      }
    }
    for (int i = 0; i < route.rules().size(); i++) {
      List<Match> matches = route.rules().get(i).matches();
      for (int j = 0; j < matches.size(); j++) {
        String by =
            earlier.putIfAbsent(
                canonical(matches.get(j)), "beside rules[" + i + "], which matches the same");
        if (by != null) {
          all.add("rules[" + i + "].matches[" + j + "] has no effect " + by);
        }
      }
    }
    return all;
  }

  private static List<HttpRoute> olderForAllParents(HttpRoute route, Surroundings surroundings) {
    @Nullable Set<HttpRoute> common = null;
    for (Parent parent : route.parents()) {
      Set<HttpRoute> older = new HashSet<>();
      for (HttpRoute other : surroundings.routesOf(parent.service())) {
        if (!isSame(other, route)
            && other.metadata().namespace().equals(route.metadata().namespace())
            && covers(other, parent)
            && OLDEST_FIRST.compare(other, route) < 0) {
          older.add(other);
        }
      }
      if (common == null) {
        common = older;
      } else {
        common.retainAll(older);
      }
    }
    return common == null ? List.of() : common.stream().sorted(OLDEST_FIRST).toList();
  }

  private static boolean isSame(HttpRoute a, HttpRoute b) {
    return a.metadata().namespace().equals(b.metadata().namespace())
        && a.metadata().name().equals(b.metadata().name());
  }

  private static boolean covers(HttpRoute other, Parent parent) {
    return other.parents().stream()
        .anyMatch(
            its ->
                its.service().equals(parent.service())
                    && (its.port() == null || its.port().equals(parent.port())));
  }

  /** The same for two matches that ask for the same, in whatever order. */
  private static Match canonical(Match match) {
    Comparator<ValueMatch> byName = Comparator.comparing(ValueMatch::name);
    return new Match(
        match.path(),
        match.headers().stream().sorted(byName).toList(),
        match.query().stream().sorted(byName).toList(),
        match.method());
  }
}

package dev.weft.engine.route;

import dev.weft.policy.HttpRoute;
import dev.weft.policy.HttpRoute.Backend;
import dev.weft.policy.HttpRoute.Filter;
import dev.weft.policy.HttpRoute.Match;
import dev.weft.policy.HttpRoute.Parent;
import dev.weft.policy.HttpRoute.PathMatch;
import dev.weft.policy.HttpRoute.Retry;
import dev.weft.policy.HttpRoute.Rule;
import dev.weft.policy.HttpRoute.Timeouts;
import dev.weft.policy.HttpRoute.ValueMatch;
import dev.weft.policy.Metadata;
import dev.weft.policy.ServiceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Routes for tests, one rule after the other. */
public final class TestRoute {
  private String namespace = "default";
  private final String name;
  private @Nullable Instant created = Instant.EPOCH;
  private final List<Parent> parents = new ArrayList<>();
  private final List<Rule> rules = new ArrayList<>();

  private TestRoute(String name) {
    this.name = name;
  }

  /** A route attached to {@code default/orders}, unless something else is said. */
  public static TestRoute named(String name) {
    return new TestRoute(name);
  }

  public TestRoute in(String otherNamespace) {
    namespace = otherNamespace;
    return this;
  }

  public TestRoute created(@Nullable String instant) {
    created = instant == null ? null : Instant.parse(instant);
    return this;
  }

  public TestRoute parent(String service, @Nullable Integer port) {
    parents.add(new Parent(service(service), port));
    return this;
  }

  /** Everything that matches any of these goes to one backend. */
  public TestRoute to(String backend, Match... matches) {
    return rule(List.of(), List.of(backend(backend, 1)), null, null, matches);
  }

  public TestRoute rule(
      List<Filter> filters,
      List<Backend> backends,
      @Nullable Timeouts timeouts,
      @Nullable Retry retry,
      Match... matches) {
    rules.add(
        new Rule(
            null,
            matches.length == 0 ? List.of(Match.ANY) : List.of(matches),
            filters,
            backends,
            timeouts,
            retry));
    return this;
  }

  public TestRoute named(String rule, String backend, Match... matches) {
    rules.add(
        new Rule(
            rule,
            matches.length == 0 ? List.of(Match.ANY) : List.of(matches),
            List.of(),
            List.of(backend(backend, 1)),
            null,
            null));
    return this;
  }

  public HttpRoute build() {
    return new HttpRoute(
        metadata(namespace, name, created),
        parents.isEmpty() ? List.of(new Parent(service("orders"), null)) : parents,
        rules);
  }

  public static Metadata metadata(String namespace, String name, @Nullable Instant created) {
    return new Metadata(namespace, name, Map.of(), Map.of(), created);
  }

  /** {@code name} in the default namespace, or {@code namespace/name}. */
  public static ServiceName service(String name) {
    ServiceName parsed = ServiceName.parse(name);
    return parsed == null ? new ServiceName("default", name) : parsed;
  }

  public static Backend backend(String service, int weight, Filter... filters) {
    return new Backend(service(service), 80, weight, List.of(filters));
  }

  public static Match exact(String path) {
    return match(PathMatch.Type.EXACT, path);
  }

  public static Match prefix(String path) {
    return match(PathMatch.Type.PREFIX, path);
  }

  public static Match regex(String path) {
    return match(PathMatch.Type.REGEX, path);
  }

  private static Match match(PathMatch.Type type, String path) {
    return new Match(new PathMatch(type, path), List.of(), List.of(), null);
  }

  public static Match method(Match match, String method) {
    return new Match(match.path(), match.headers(), match.query(), method);
  }

  public static Match header(Match match, String name, String value) {
    return header(match, name, false, value);
  }

  public static Match header(Match match, String name, boolean regex, String value) {
    return new Match(
        match.path(), and(match.headers(), name, regex, value), match.query(), match.method());
  }

  public static Match query(Match match, String name, String value) {
    return query(match, name, false, value);
  }

  public static Match query(Match match, String name, boolean regex, String value) {
    return new Match(
        match.path(), match.headers(), and(match.query(), name, regex, value), match.method());
  }

  private static List<ValueMatch> and(
      List<ValueMatch> before, String name, boolean regex, String value) {
    List<ValueMatch> all = new ArrayList<>(before);
    all.add(new ValueMatch(name, regex, value));
    return all;
  }
}

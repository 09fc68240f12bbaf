package dev.weft.policy;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code HTTPRoute} of the Gateway API, attached to Services (GAMMA). Immutable.
 *
 * @param parents Services whose implicit routing this replaces; never empty
 * @param rules in their order; never empty
 */
public record HttpRoute(Metadata metadata, List<Parent> parents, List<Rule> rules) {
  public HttpRoute {
    parents = List.copyOf(parents);
    rules = List.copyOf(rules);
  }

  public static final Kind KIND =
      new Kind(
          "HTTPRoute",
          "httproutes",
          List.of(),
          List.of("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1"),
          false,
          HttpRouteReader::read,
          HttpRouteReview::review);

  /** How often a request that fails is sent again at most, whatever a route says. */
  public static final int MAX_ATTEMPTS = 10;

  /**
   * A Service that the route is attached to.
   *
   * @param port the one port that the route is for; null: all of them
   */
  public record Parent(ServiceName service, @Nullable Integer port) {}

  /**
   * One rule.
   *
   * @param name as given; null if it has none
   * @param matches any of which is enough; never empty: without any, the path prefix {@code /}
   * @param backends empty if a filter answers
   * @param timeouts null: none
   * @param retry null: as the traffic policy or the default has it
   */
  public record Rule(
      @Nullable String name,
      List<Match> matches,
      List<Filter> filters,
      List<Backend> backends,
      @Nullable Timeouts timeouts,
      @Nullable Retry retry) {
    public Rule {
      matches = List.copyOf(matches);
      filters = List.copyOf(filters);
      backends = List.copyOf(backends);
    }
  }

  /**
   * All of these have to hold.
   *
   * @param method null: any
   */
  public record Match(
      PathMatch path, List<ValueMatch> headers, List<ValueMatch> query, @Nullable String method) {
    /** What a rule without matches has. */
    public static final Match ANY =
        new Match(new PathMatch(PathMatch.Type.PREFIX, "/"), List.of(), List.of(), null);

    public Match {
      headers = List.copyOf(headers);
      query = List.copyOf(query);
    }
  }

  /** A path as sent, without the query. Prefixes count whole segments; expressions, all of it. */
  public record PathMatch(Type type, String value) {
    /** As {@code Exact}, {@code PathPrefix} and {@code RegularExpression}. */
    public enum Type {
      EXACT,
      PREFIX,
      REGEX
    }
  }

  /**
   * A header or a query parameter.
   *
   * @param name of a header in lower case; of a parameter as written
   * @param regex whether the value is an expression (RE2) that has to match the whole
   */
  public record ValueMatch(String name, boolean regex, String value) {}

  /** What is done to a request or its response. */
  public sealed interface Filter {}

  /** Changes the header of the request. */
  public record RequestHeaders(HeaderChange change) implements Filter {}

  /** Changes the header of the response. */
  public record ResponseHeaders(HeaderChange change) implements Filter {}

  /** In this order: removed, set, added; names are compared without regard to case. */
  public record HeaderChange(List<Field> set, List<Field> add, List<String> remove) {
    public HeaderChange {
      set = List.copyOf(set);
      add = List.copyOf(add);
      remove = List.copyOf(remove);
    }
  }

  /** A header field. */
  public record Field(String name, String value) {}

  /**
   * Answers with a redirect. Nulls are taken from the request.
   *
   * @param status 301, 302, 303, 307 or 308
   */
  public record Redirect(
      @Nullable String scheme,
      @Nullable String hostname,
      @Nullable Integer port,
      @Nullable PathChange path,
      int status)
      implements Filter {}

  /** Rewrites the request before it is sent. Nulls leave as it is. */
  public record Rewrite(@Nullable String hostname, @Nullable PathChange path) implements Filter {}

  /**
   * Replaces a path.
   *
   * @param prefix whether only the matched prefix; else the whole path
   */
  public record PathChange(boolean prefix, String value) {}

  /**
   * Sends a copy somewhere else, whose answer nobody waits for.
   *
   * @param numerator of the fraction of requests
   * @param denominator over 0
   */
  public record Mirror(ServiceName service, int port, int numerator, int denominator)
      implements Filter {}

  /**
   * Where requests go.
   *
   * @param port of the Service; -1: its only one, or its instances' own
   * @param weight 0 to 1,000,000; its share of the sum
   */
  public record Backend(ServiceName service, int port, int weight, List<Filter> filters) {
    public Backend {
      filters = List.copyOf(filters);
    }
  }

  /**
   * Limits of time; null or zero: none.
   *
   * @param request of the whole, retries included
   * @param backendRequest of one attempt
   */
  public record Timeouts(@Nullable Duration request, @Nullable Duration backendRequest) {}

  /**
   * When and how often to try again: the owner's consent for every method.
   *
   * @param codes answers that are worth another attempt
   * @param attempts retries after the first attempt; null: 2
   * @param backoff least time before the first; null: 25 ms
   */
  public record Retry(Set<Integer> codes, @Nullable Integer attempts, @Nullable Duration backoff) {
    public Retry {
      codes = Set.copyOf(codes);
    }
  }

  /** What decisions of a rule are named after: its name, else its place. */
  public String rule(int index) {
    String name = rules.get(index).name();
    return metadata.namespace()
        + "/"
        + metadata.name()
        + (name == null ? "[" + index + "]" : "/" + name);
  }
}

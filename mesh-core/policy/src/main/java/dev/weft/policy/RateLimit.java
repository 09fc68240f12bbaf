package dev.weft.policy;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code rateLimit.local} of a BackendTrafficPolicy, with Envoy Gateway's meaning: how much one
 * instance takes. Of the rules that match a request every one has to let it in; a rule without
 * {@code clients} counts only what no other rule matches. Immutable.
 *
 * @param rules never empty; at most one without {@code clients}
 */
public record RateLimit(List<Rule> rules) {
  public RateLimit {
    rules = List.copyOf(rules);
  }

  /**
   * One limit.
   *
   * @param clients all of which have to match; empty: whatever no other rule matches
   * @param requests in each unit, at once or spread; 0 to {@value #MAX_REQUESTS}
   */
  public record Rule(List<Client> clients, int requests, Unit unit) {
    public Rule {
      clients = List.copyOf(clients);
    }
  }

  /** Most requests of one limit. */
  public static final int MAX_REQUESTS = 1_000_000_000;

  /**
   * Which requests count; all of these have to hold, and at least one is given.
   *
   * @param methods any of which is enough; empty: all
   * @param path null: all
   * @param source null: from anywhere
   * @param identity null: from anybody
   */
  public record Client(
      List<Header> headers,
      List<Method> methods,
      @Nullable Path path,
      @Nullable Source source,
      @Nullable Identity identity) {
    public Client {
      headers = List.copyOf(headers);
      methods = List.copyOf(methods);
    }
  }

  /**
   * A header.
   *
   * @param name in lower case
   * @param value for {@code EXACT} and {@code REGEX}; empty for {@code DISTINCT}, where each value
   *     has a count of its own
   * @param invert whether the value must not be so; a request without the header matches then
   */
  public record Header(Type type, String name, String value, boolean invert) {
    /** As {@code Exact}, {@code RegularExpression} and {@code Distinct}. */
    public enum Type {
      EXACT,
      REGEX,
      DISTINCT
    }
  }

  /** A method, or every other. */
  public record Method(String value, boolean invert) {}

  /** A path, normalized when it is compared. Prefixes count whole segments. */
  public record Path(HttpRoute.PathMatch match, boolean invert) {}

  /**
   * Where connections come from.
   *
   * @param distinct whether each address has a count of its own
   */
  public record Source(Cidr range, boolean distinct) {}

  /**
   * Who calls, by mesh TLS; our addition.
   *
   * @param value a principal as in an AuthorizationPolicy; null: each caller has a count of its
   *     own, and those without an identity have one together
   */
  public record Identity(@Nullable String value, boolean invert) {}

  /** In which time; a month has 30 days and a year 365. */
  public enum Unit {
    SECOND(Duration.ofSeconds(1)),
    MINUTE(Duration.ofMinutes(1)),
    HOUR(Duration.ofHours(1)),
    DAY(Duration.ofDays(1)),
    MONTH(Duration.ofDays(30)),
    YEAR(Duration.ofDays(365));

    private final Duration duration;

    Unit(Duration duration) {
      this.duration = duration;
    }

    public Duration duration() {
      return duration;
    }
  }
}

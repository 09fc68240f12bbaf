package dev.weft.engine.route;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Pool;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a request goes where it goes, for people who ask. Made by the same code that routes requests,
 * from the same tables; changes nothing. Immutable.
 *
 * @param rule that holds; the implicit one if there are no routes; null: no rule matches, a 404
 * @param considered matches in the order in which they were, up to the one that holds, each with
 *     what spoke against it; the last {@value #MAX_CONSIDERED}
 * @param backends shares of the rule
 * @param redirect value of {@code Location}; null if the rule does not redirect
 * @param requestMillis limit of time over all attempts; 0: none
 * @param attemptMillis limit of time of one; 0: none
 * @param retry when it is tried again, in words
 * @param fault policy that injects faults; null: none
 */
public record Explanation(
    String service,
    int port,
    @Nullable String rule,
    List<Considered> considered,
    List<Share> backends,
    @Nullable String redirect,
    List<String> mirrors,
    long requestMillis,
    long attemptMillis,
    String retry,
    @Nullable String fault) {
  static final int MAX_CONSIDERED = 50;

  /**
   * A match that was looked at.
   *
   * @param match in words, such as {@code PathPrefix /a, header x-user}
   * @param against what does not hold; null: all holds
   */
  public record Considered(String rule, String match, @Nullable String against) {}

  /**
   * A backend and its part of the requests.
   *
   * @param percent of the rule's requests
   * @param problem why it cannot be called; null if it can
   * @param target path and query as they are sent; null: as they are
   * @param authority as it is sent; null: as it is
   * @param headers changes of the request's fields, in words; null: none
   */
  public record Share(
      String service,
      int port,
      double percent,
      List<Target> endpoints,
      @Nullable String problem,
      @Nullable String target,
      @Nullable String authority,
      @Nullable String headers) {}

  /** An endpoint: where, and how it stands. */
  public record Target(String instance, String address, int port, String standing, String health) {}

  public Explanation {
    considered = List.copyOf(considered);
    backends = List.copyOf(backends);
    mirrors = List.copyOf(mirrors);
  }

  /** Explains what would become of a request. */
  public static Explanation of(Routing routing, RequestHead head) {
    RouteMatch match = routing.select(head);
    Rule rule = match == null ? routing.noRule() : match.rule();
    RedirectTo redirect = rule.redirect();
    List<Share> shares = new ArrayList<>();
    for (Backend backend : rule.backends()) {
      shares.add(share(backend, rule, head, match == null ? 0 : match.matched()));
    }
    return new Explanation(
        routing.service().toString(),
        routing.port(),
        match == null ? null : rule.name(),
        considered(routing, head, match),
        shares,
        redirect == null || match == null ? null : redirect.location(head, match.matched()),
        rule.mirrors().stream()
            .map(m -> m.backend().service() + " " + m.numerator() + "/" + m.denominator())
            .toList(),
        rule.requestNanos() / 1_000_000,
        rule.attemptNanos() / 1_000_000,
        rule.retry().toString(),
        rule.fault() == null ? null : rule.fault().rule());
  }

  private static List<Considered> considered(
      Routing routing, RequestHead head, @Nullable RouteMatch chosen) {
    List<Considered> considered = new ArrayList<>();
    for (RouteMatch match : routing.matches()) {
      String against = match.against(head);
      considered.add(new Considered(match.rule().name(), match.toString(), against));
      if (match.equals(chosen)) {
        break;
      }
    }
    int size = considered.size();
    return size <= MAX_CONSIDERED ? considered : considered.subList(size - MAX_CONSIDERED, size);
  }

  private static Share share(Backend backend, Rule rule, RequestHead head, int matched) {
    List<Target> targets = new ArrayList<>();
    boolean callable = false;
    Pool pool = backend.pool();
    if (pool != null) {
      for (Endpoint endpoint : pool.endpoints()) {
        Endpoint.Facts facts = endpoint.facts();
        callable |= facts.standing() != Endpoint.Standing.DRAINING;
        targets.add(
            new Target(
                facts.instance(),
                facts.address(),
                facts.port(),
                facts.standing().name(),
                endpoint.health().name()));
      }
    }
    int total = rule.totalWeight();
    HeadEdit edit = backend.requestEdit();
    return new Share(
        backend.service().toString(),
        backend.port(),
        total == 0 ? 0 : 100.0 * backend.weight() / total,
        targets,
        callable ? null : backend.nobody(rule.name()).details(),
        backend.target(head, matched),
        backend.authority(),
        edit == null ? null : edit.toString());
  }
}

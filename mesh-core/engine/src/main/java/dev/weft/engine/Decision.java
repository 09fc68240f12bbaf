package dev.weft.engine;

import org.jspecify.annotations.Nullable;

/** What the mesh decided about a request. Names the rule that made it. */
public sealed interface Decision {
  /**
   * Call nobody.
   *
   * @param error of the {@code Proxy-Status} registry (RFC 9209)
   * @param details for the person on call
   * @param retryAfterSeconds when it is worth asking again; 0: nobody knows
   */
  record Refuse(int status, String error, String rule, String details, int retryAfterSeconds)
      implements Decision {
    /** Without Retry-After. */
    public Refuse(int status, String error, String rule, String details) {
      this(status, error, rule, details, 0);
    }
  }

  /** A request that more processes of the mesh have passed on goes round in a circle. */
  int MAX_HOPS = 10;

  /**
   * Refuses a request that goes round in a circle; null if it does not.
   *
   * @param hops how many processes of the mesh have passed it on
   */
  static @Nullable Refuse loop(int hops) {
    if (hops <= MAX_HOPS) {
      return null;
    }
    return new Refuse(
        508,
        "proxy_loop_detected",
        "weft-hops",
        hops
            + " processes of the mesh have passed this request on (expected: at most "
            + MAX_HOPS
            + "); services may be calling each other in a circle");
  }

  /** Refuses because nothing can be reached. */
  static Refuse unavailable(String rule, String details) {
    return new Refuse(503, "destination_unavailable", rule, details);
  }

  /** Refuses because a rule refers to what is not there. */
  static Refuse misconfigured(String rule, String details) {
    return new Refuse(500, "proxy_configuration_error", rule, details);
  }

  /** Refuses because nobody of a pool can be called, and says why. */
  static Refuse nobody(Pool pool, String rule) {
    Service service = pool.service();
    if (service.members().isEmpty()) {
      return unavailable(rule, "no instance is registered");
    }
    if (pool.port() != Service.DEFAULT_PORT && !service.ports().contains(pool.port())) {
      return unavailable(
          rule, "no instance has port " + pool.port() + "; there are " + service.ports());
    }
    if (pool.isEmpty()) {
      return unavailable(rule, "no instance has the labels that the route asks for");
    }
    return unavailable(rule, "no instance is ready");
  }
}

package dev.weft.engine;

import dev.weft.policy.TlsMode;
import org.jspecify.annotations.Nullable;

/** What the mesh decided about one attempt. Names the rule that made it. */
public sealed interface Decision {
  /**
   * Call this endpoint.
   *
   * @param mtls whether over mesh TLS
   */
  record Call(Endpoint endpoint, boolean mtls, String rule) implements Decision {}

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

  /** Refuses because nothing can be reached. */
  static Refuse unavailable(String rule, String details) {
    return new Refuse(503, "destination_unavailable", rule, details);
  }

  /** Refuses because a rule refers to what is not there. */
  static Refuse misconfigured(String rule, String details) {
    return new Refuse(500, "proxy_configuration_error", rule, details);
  }

  /**
   * One attempt, from a known pool on. In this order, because each step needs what the one before
   * found: pick the endpoint, then decide how it is to be spoken to.
   *
   * @param rule what led to the pool
   * @param pinned the address that the caller chose by itself; null to balance
   * @param identity whether this process has a valid certificate
   */
  static Decision outbound(
      Pool pool, String rule, @Nullable String pinned, Pick pick, boolean identity, long nowNanos) {
    Endpoint endpoint =
        pinned == null ? pool.pick(pick, nowNanos) : pool.pinned(pinned, pool.port());
    if (endpoint == null) {
      return nobody(pool, rule);
    }
    TlsMode tls = endpoint.facts().tls();
    if (tls == TlsMode.STRICT && !identity) {
      endpoint.unused();
      return unavailable(
          rule,
          "the destination takes mesh TLS only (STRICT) and this process has no certificate yet");
    }
    return new Call(endpoint, tls != TlsMode.DISABLE && identity, rule);
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

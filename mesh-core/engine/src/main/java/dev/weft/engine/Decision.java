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
   */
  record Refuse(int status, String error, String rule, String details) implements Decision {}

  /** Refuses because nothing can be reached. */
  static Refuse unavailable(String rule, String details) {
    return new Refuse(503, "destination_unavailable", rule, details);
  }

  /**
   * The outbound way of a request, from a known service on. In this order, because each step needs
   * what the one before found: pick the endpoint, then decide how it is to be spoken to.
   *
   * @param port of the URI, -1 if it has none
   * @param pinned the address that the caller chose by itself; null to balance
   * @param identity whether this process has a valid certificate
   */
  static Decision outbound(
      Service service,
      int port,
      @Nullable String pinned,
      boolean identity,
      long nowNanos,
      java.util.function.IntUnaryOperator random) {
    Endpoint endpoint =
        pinned == null
            ? service.pick(port, nowNanos, random)
            : service.pinned(pinned, port, nowNanos);
    if (endpoint == null) {
      return nobody(service, port);
    }
    String rule = service.rule();
    TlsMode tls = endpoint.facts().tls();
    if (tls == TlsMode.STRICT && !identity) {
      return unavailable(
          rule,
          "the destination takes mesh TLS only (STRICT) and this process has no certificate yet");
    }
    return new Call(endpoint, tls != TlsMode.DISABLE && identity, rule);
  }

  private static Refuse nobody(Service service, int port) {
    String rule = service.rule();
    if (service.members().isEmpty()) {
      return unavailable(rule, "no instance is registered");
    }
    if (port != -1 && port != Service.DEFAULT_PORT && !service.ports().contains(port)) {
      return unavailable(rule, "no instance has port " + port + "; there are " + service.ports());
    }
    return unavailable(rule, "no instance is ready");
  }
}

package dev.weft.runtime;

import dev.weft.engine.Decision;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.tls.SpiffeId;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request may come in. The inbound way of a request; for now one step,
 * PeerAuthentication.
 */
public final class Admission {
  /** Probes come without an identity; these paths answer them under STRICT too (GET and HEAD). */
  private static final String[] PROBE_PATHS = {"/healthz", "/readyz", "/livez", "/actuator/health"};

  private static final String PROBE_PREFIX = "/actuator/health/";

  private final PolicyTable policy;

  private final @Nullable String readyPath;

  /**
   * @param readyPath one more path that probes may ask for ({@code weft.ready.path}); null for none
   */
  public Admission(PolicyTable policy, @Nullable String readyPath) {
    this.policy = policy;
    this.readyPath = readyPath;
  }

  /**
   * Decides about one request. An error in here must be taken for a refusal by the caller.
   *
   * @param peer who sends it; null if the connection is not mesh TLS, or its certificate has ended
   * @param mesh whether the connection is mesh TLS
   * @param path as sent, without the query
   * @return null to let it in
   */
  public Decision.@Nullable Refuse admit(
      @Nullable SpiffeId peer,
      boolean mesh,
      int port,
      @Nullable String method,
      @Nullable String path) {
    if (mesh) {
      return peer != null
          ? null
          : new Decision.Refuse(
              403,
              "http_request_denied",
              "mTLS",
              "the caller's certificate has ended or names no service");
    }
    PeerAuthentication.Decision mode = policy.tlsMode(port);
    if (mode.mode() != TlsMode.STRICT || isProbe(method, path)) {
      return null;
    }
    return new Decision.Refuse(
        403,
        "http_request_denied",
        mode.rule(),
        "plaintext is refused: " + mode.rule() + " requires mesh TLS (STRICT) on port " + port);
  }

  private boolean isProbe(@Nullable String method, @Nullable String path) {
    if (path == null || !("GET".equals(method) || "HEAD".equals(method))) {
      return false;
    }
    if (path.equals(readyPath)) {
      return true;
    }
    for (String probe : PROBE_PATHS) {
      if (probe.equals(path)) {
        return true;
      }
    }
    return path.startsWith(PROBE_PREFIX) && isPlain(path, PROBE_PREFIX.length());
  }

  /** Nothing that a server could read as another path: no dots, no escapes, no parameters. */
  private static boolean isPlain(String path, int from) {
    for (int i = from; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || (c == '/' && path.charAt(i - 1) != '/');
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}

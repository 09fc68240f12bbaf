package dev.weft.engine.inbound;

import dev.weft.engine.Decision;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.TlsMode;
import org.jspecify.annotations.Nullable;

/** Whether a caller has shown who it is, as far as PeerAuthentication asks for that. */
final class CallerCheck {
  /** Probes come without an identity; these paths answer them under STRICT too (GET and HEAD). */
  private static final String[] PROBE_PATHS = {"/healthz", "/readyz", "/livez", "/actuator/health"};

  private static final String PROBE_PREFIX = "/actuator/health/";
  private static final String DENIED = "http_request_denied";

  private final InboundStack.Policy policy;
  private final @Nullable String readyPath;
  private final boolean loopbackIsExempt;

  CallerCheck(InboundStack.Policy policy, @Nullable String readyPath, boolean loopbackIsExempt) {
    this.policy = policy;
    this.readyPath = readyPath;
    this.loopbackIsExempt = loopbackIsExempt;
  }

  /** What to answer; null if all is well. */
  Decision.@Nullable Refuse check(
      InboundRequest request, Transport transport, int port, boolean probe) {
    switch (transport) {
      case MESH_TLS:
        return request.peer() != null
            ? null
            : new Decision.Refuse(
                403,
                DENIED,
                "mTLS",
                "the caller's certificate has ended, was revoked, or names no service");
      case OWN_TLS:
        return probe || policy.ownTlsSuffices()
            ? null
            : new Decision.Refuse(
                403,
                DENIED,
                "weft.mtls.floor",
                "the application's own TLS is not mesh TLS, and weft.mtls.own.tls does not allow"
                    + " it");
      default:
        break;
    }
    PeerAuthentication.Decision mode = policy.tlsMode(port);
    if (mode.mode() != TlsMode.STRICT || probe || (loopbackIsExempt && request.isFromLoopback())) {
      return null;
    }
    return new Decision.Refuse(
        403,
        DENIED,
        mode.rule(),
        "plaintext is refused: " + mode.rule() + " requires mesh TLS (STRICT) on port " + port);
  }

  /**
   * Whether this is a question after the service's health, and nothing more: one that carries or
   * announces anything else is decided about as any other request. What an application leaves
   * unread of it must not become a request that nobody decided about.
   */
  boolean isProbe(InboundRequest request) {
    String method = request.method();
    return ("GET".equals(method) || "HEAD".equals(method))
        && isProbePath(request.target())
        && isBare(request);
  }

  private static boolean isBare(InboundRequest request) {
    for (String length : request.header("content-length")) {
      if (!length.equals("0")) {
        return false;
      }
    }
    return request.header("transfer-encoding").isEmpty()
        && request.header("expect").isEmpty()
        && request.header("upgrade").isEmpty();
  }

  private boolean isProbePath(String path) {
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

  /**
   * One name, of a group or a component, and nothing that a server could read as another path: no
   * dots, no escapes, no parameters. Nor anything below, where a server that takes a prefix off its
   * paths would find one of its others.
   */
  private static boolean isPlain(String path, int from) {
    for (int i = from; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_';
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}

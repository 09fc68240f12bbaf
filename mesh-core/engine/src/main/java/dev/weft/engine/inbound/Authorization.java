package dev.weft.engine.inbound;

import dev.weft.engine.Decision;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request is let in, and the rule that says so.
 *
 * @param rule such as {@code AuthorizationPolicy default/allow-shop rule[0]}; {@value #NO_POLICY}
 *     where none concerns the workload
 * @param refuse null if it is let in
 * @param audited the rule of an AUDIT policy that matches, and what those would have changed that
 *     are only tried; null if there is neither
 * @param error why it was refused unasked, where that is our own fault; null otherwise
 */
public record Authorization(
    String rule,
    Decision.@Nullable Refuse refuse,
    @Nullable String audited,
    @Nullable Throwable error) {
  /** The rule's name when no policy says anything. */
  public static final String NO_POLICY = "default";

  public boolean allowed() {
    return refuse == null;
  }

  static Authorization allowed(String rule) {
    return new Authorization(rule, null, null, null);
  }

  static Authorization denied(String rule, String details) {
    return new Authorization(
        rule, new Decision.Refuse(403, "http_request_denied", rule, details), null, null);
  }

  /** Not a request that can be decided about. */
  static Authorization malformed(String rule, String details) {
    return new Authorization(
        rule, new Decision.Refuse(400, "http_request_error", rule, details), null, null);
  }

  static Authorization failed(String rule, Throwable error) {
    Decision.Refuse refuse =
        new Decision.Refuse(
            403,
            "http_request_denied",
            rule,
            "the mesh failed to decide about the request; the log of this service's agent says"
                + " why");
    return new Authorization(rule, refuse, null, error);
  }

  Authorization audited(@Nullable String auditRule) {
    return auditRule == null ? this : new Authorization(rule, refuse, auditRule, error);
  }

  /** This, with what is to be logged of policies that are not enforced, if they would change it. */
  Authorization tried(Authorization withThose) {
    if (withThose.allowed() == allowed()) {
      return this;
    }
    String would = withThose.rule + " (dry run) would " + (withThose.allowed() ? "allow" : "deny");
    return audited(audited == null ? would : audited + "; " + would);
  }
}

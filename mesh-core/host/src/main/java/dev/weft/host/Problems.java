package dev.weft.host;

import dev.weft.bridge.Refusal;
import dev.weft.engine.Decision;
import dev.weft.wire.Json;
import dev.weft.wire.Plain;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Decisions of the mesh as responses: {@code Proxy-Status} (RFC 9209) and problem+json (RFC 9457).
 */
public final class Problems {
  private final BooleanSupplier verbose;

  /**
   * @param verbose whether endpoint addresses may be named at the time ({@code
   *     weft.errors.verbose})
   */
  public Problems(BooleanSupplier verbose) {
    this.verbose = verbose;
  }

  public boolean verbose() {
    return verbose.getAsBoolean();
  }

  /**
   * What is answered where a fault of ours has left nothing else to do.
   *
   * @param rule on whose behalf
   */
  static Decision.Refuse undecided(String rule) {
    return new Decision.Refuse(
        500, "proxy_internal_error", rule, "a fault in the agent; its log says which");
  }

  public Refusal refusal(Decision.Refuse decision) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "https://weft.dev/problems/" + decision.error().replace('_', '-'));
    problem.put("title", decision.error());
    problem.put("status", decision.status());
    problem.put("detail", Plain.text(decision.details()));
    problem.put("rule", Plain.text(decision.rule()));
    String status =
        "weft; error="
            + decision.error()
            + "; details=\"rule="
            + quotable(decision.rule() + ", " + decision.details())
            + "\"";
    int retryAfter = decision.retryAfterSeconds();
    return new Refusal(
        decision.status(),
        status,
        Json.bytes(problem),
        retryAfter == 0 ? null : Integer.toString(retryAfter));
  }

  /** What may stand in a quoted string of a structured field: printable ASCII, escaped. */
  private static String quotable(String text) {
    StringBuilder quoted = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else {
        quoted.append(c >= ' ' && c < 0x7f ? c : '?');
      }
    }
    return quoted.toString();
  }
}

package dev.weft.engine.inbound;

import dev.weft.engine.Decision;
import java.time.Duration;

/**
 * A request that is over a limit, and what its caller is told.
 *
 * @param limit requests in a window
 * @param window seconds
 * @param retryAfter seconds until one more is let in, at least 1
 * @param reset seconds until all of them are, at least 1
 */
public record Limited(String rule, int limit, long window, long retryAfter, long reset) {
  /** As a response of the mesh. */
  public Decision.Refuse refuse() {
    return new Decision.Refuse(
        429,
        "http_request_denied",
        rule,
        "more than "
            + limit
            + " requests in "
            + Duration.ofSeconds(window)
            + "; the next is let in after "
            + retryAfter
            + " s",
        (int) Math.min(retryAfter, Integer.MAX_VALUE));
  }

  /**
   * Further header fields as name, value, name, value: those that Envoy Gateway sends (draft 03 of
   * the RateLimit fields, with Envoy's names).
   */
  public String[] headers() {
    return new String[] {
      "X-RateLimit-Limit",
      limit + ", " + limit + ";w=" + window,
      "X-RateLimit-Remaining",
      "0",
      "X-RateLimit-Reset",
      Long.toString(reset)
    };
  }
}

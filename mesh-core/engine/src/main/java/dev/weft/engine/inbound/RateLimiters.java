package dev.weft.engine.inbound;

import dev.weft.policy.RateLimit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Limiters, each made once for a limit and a place where it holds. Those of the policy before are
 * taken over: a push that is about something else must not give everybody a full bucket.
 */
public final class RateLimiters {
  private record Key(RateLimit limit, String rule, String place) {}

  private final Map<Key, RateLimiter> made = new ConcurrentHashMap<>();
  private final Map<Key, RateLimiter> before;

  /**
   * @param previous of the policy before; null for none
   */
  public RateLimiters(@Nullable RateLimiters previous) {
    this.before = previous == null ? Map.of() : previous.made;
  }

  /**
   * @param rule which decisions are named after
   * @param place a route's rule, or a Service, and the port: each counts for itself
   */
  public RateLimiter get(RateLimit limit, String rule, String place) {
    return made.computeIfAbsent(
        new Key(limit, rule, place),
        key -> {
          RateLimiter known = before.get(key);
          return known != null ? known : new RateLimiter(limit, rule);
        });
  }
}

package dev.weft.engine.inbound;

import dev.weft.policy.RateLimit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much one instance takes, by one {@code rateLimit.local}, compiled. As with Envoy Gateway,
 * every rule that matches has to let a request in, the strictest is asked first, and a rule without
 * selectors counts only what no other rule matches. Safe for use by any thread, without locks.
 */
public final class RateLimiter {
  private final RateLimitRule[] rules;
  private final @Nullable RateLimitRule otherwise;

  /**
   * @param name of the policy, which decisions are named after
   */
  public RateLimiter(RateLimit limit, String name) {
    List<RateLimitRule> selecting = new ArrayList<>();
    RateLimitRule rest = null;
    for (int i = 0; i < limit.rules().size(); i++) {
      RateLimit.Rule rule = limit.rules().get(i);
      RateLimitRule compiled = new RateLimitRule(rule, name + " rateLimit.local.rules[" + i + "]");
      if (rule.clients().isEmpty()) {
        rest = compiled;
      } else {
        selecting.add(compiled);
      }
    }
    selecting.sort(Comparator.comparingDouble(RateLimitRule::perSecond));
    this.rules = selecting.toArray(new RateLimitRule[0]);
    this.otherwise = rest;
  }

  /**
   * Counts a request.
   *
   * @param nowNanos of a clock that never goes back, such as {@link System#nanoTime}
   * @return null to let it in
   */
  public @Nullable Limited acquire(InboundRequest request, long nowNanos) {
    boolean matched = false;
    for (int i = 0; i < rules.length; i++) {
      TokenBucket bucket = rules[i].bucket(request, nowNanos);
      if (bucket == null) {
        continue;
      }
      matched = true;
      long wait = bucket.take(nowNanos);
      if (wait > 0) {
        // What is not let in counts nowhere: a client that one rule stops is not punished by all.
        giveBack(i, request, nowNanos);
        return rules[i].limited(bucket, wait, nowNanos);
      }
    }
    RateLimitRule rest = otherwise;
    if (matched || rest == null) {
      return null;
    }
    TokenBucket bucket = rest.bucket(request, nowNanos);
    long wait = bucket == null ? 0 : bucket.take(nowNanos);
    return bucket != null && wait > 0 ? rest.limited(bucket, wait, nowNanos) : null;
  }

  private void giveBack(int end, InboundRequest request, long nowNanos) {
    for (int i = 0; i < end; i++) {
      TokenBucket bucket = rules[i].bucket(request, nowNanos);
      if (bucket != null) {
        bucket.giveBack();
      }
    }
  }
}

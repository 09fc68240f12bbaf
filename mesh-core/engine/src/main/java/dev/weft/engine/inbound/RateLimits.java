package dev.weft.engine.inbound;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rate limits that concern one port of one workload. Safe for use by any thread. */
public final class RateLimits {
  /** Finds the limiter of one Service that the workload is an instance of. */
  public interface Selector {
    /** Null if nothing limits this request. */
    @Nullable RateLimiter of(InboundRequest request);
  }

  /** No limits. */
  public static final RateLimits NONE = new RateLimits(List.of());

  private final Selector[] selectors;

  public RateLimits(List<Selector> selectors) {
    this.selectors = selectors.toArray(new Selector[0]);
  }

  /**
   * Counts a request.
   *
   * @return null to let it in
   */
  @Nullable Limited acquire(InboundRequest request, long nowNanos) {
    for (Selector selector : selectors) {
      RateLimiter limiter = selector.of(request);
      Limited limited = limiter == null ? null : limiter.acquire(request, nowNanos);
      if (limited != null) {
        return limited;
      }
    }
    return null;
  }
}

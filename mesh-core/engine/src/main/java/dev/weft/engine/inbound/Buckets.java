package dev.weft.engine.inbound;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The buckets of a rule that counts by key. At most {@value #MAX_KEYS} of them; a bucket that is
 * full again is as good as none, and makes room. Where that is not enough, keys that are new share
 * one bucket: to forget one that is not full would be to let its owner start anew.
 */
final class Buckets {
  /** As many as Envoy Gateway keeps for a listener. */
  static final int MAX_KEYS = 10_000;

  /** A longer key is cut: what comes with a request must not fill our memory. */
  static final int MAX_KEY = 128;

  private static final long SWEEP_NANOS = 100_000_000L;

  private final ConcurrentHashMap<String, TokenBucket> byKey = new ConcurrentHashMap<>();
  private final TokenBucket shared;
  private final AtomicLong nextSweep;

  Buckets(TokenBucket shared, long nowNanos) {
    this.shared = shared;
    this.nextSweep = new AtomicLong(nowNanos);
  }

  TokenBucket get(String key, long nowNanos, Supplier<TokenBucket> fresh) {
    String kept = key.length() <= MAX_KEY ? key : shortened(key);
    TokenBucket known = byKey.get(kept);
    if (known != null) {
      return known;
    }
    if (byKey.size() >= MAX_KEYS && !sweep(nowNanos)) {
      return shared;
    }
    return byKey.computeIfAbsent(kept, any -> fresh.get());
  }

  /** Makes room. Not more often than is cheap: it looks at all of them. */
  private boolean sweep(long nowNanos) {
    long due = nextSweep.get();
    if (nowNanos - due < 0 || !nextSweep.compareAndSet(due, nowNanos + SWEEP_NANOS)) {
      return false;
    }
    byKey.values().removeIf(bucket -> bucket.untilFull(nowNanos) == 0);
    return byKey.size() < MAX_KEYS;
  }

  private static String shortened(String key) {
    return key.substring(0, MAX_KEY) + '…' + key.length() + '…' + key.hashCode();
  }

  int size() {
    return byKey.size();
  }
}

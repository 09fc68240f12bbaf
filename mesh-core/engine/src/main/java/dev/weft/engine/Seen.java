package dev.weft.engine;

import dev.weft.engine.balance.PeakEwma;
import dev.weft.engine.health.Ejector;
import org.jspecify.annotations.Nullable;

/**
 * What this process has seen of one port of one instance. Shared by all the sets that the endpoint
 * is in, and by the endpoints that follow on each other when its facts change. Thread-safe.
 */
final class Seen {
  private static final long INITIAL_RTT_NANOS = 30_000_000L;
  private static final long DECAY_NANOS = 10_000_000_000L;

  final PeakEwma load;
  final long bornNanos;

  /** Null as long as it has never failed. */
  volatile @Nullable Ejector ejector;

  volatile boolean gone;
  private final Runnable changed;
  private volatile boolean unreachable;

  /**
   * @param bornNanos when the instance was first told of
   * @param changed to be run when the health has changed
   */
  Seen(long nowNanos, long bornNanos, Runnable changed) {
    this.bornNanos = bornNanos;
    this.load = new PeakEwma(nowNanos, INITIAL_RTT_NANOS, DECAY_NANOS);
    this.changed = changed;
  }

  Endpoint.Health health() {
    if (unreachable) {
      return Endpoint.Health.UNREACHABLE;
    }
    Ejector ejector = this.ejector;
    if (ejector == null) {
      return Endpoint.Health.READY;
    }
    switch (ejector.state()) {
      case OUT:
        return Endpoint.Health.EJECTED;
      case PROBE:
        return Endpoint.Health.PROBE;
      default:
        return Endpoint.Health.READY;
    }
  }

  /** Returns whether that is news. */
  boolean unreachable(boolean is) {
    synchronized (this) {
      if (unreachable == is) {
        return false;
      }
      unreachable = is;
    }
    changed.run();
    return true;
  }
}

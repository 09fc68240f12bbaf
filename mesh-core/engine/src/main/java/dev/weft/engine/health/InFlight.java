package dev.weft.engine.health;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bulkhead: how many of something are going on. The limit comes with the question, so that a
 * changed policy counts what is already under way. Thread-safe.
 */
public final class InFlight {
  private final AtomicInteger count = new AtomicInteger();

  /** Counts one more, unless there are so many already. */
  public boolean tryEnter(int limit) {
    if (count.incrementAndGet() <= limit) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }

  /** One of those that entered is over. */
  public void leave() {
    count.decrementAndGet();
  }

  public int count() {
    return count.get();
  }
}

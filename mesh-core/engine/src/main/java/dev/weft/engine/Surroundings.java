package dev.weft.engine;

import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/**
 * What the engine needs of its host: time, timers and chance. Injected, so that tests have their
 * own. All three are called from any thread.
 *
 * @param nanoTime as {@link System#nanoTime}; the one clock of everything in the engine
 * @param random a random number from 0 to its argument, exclusive
 */
public record Surroundings(LongSupplier nanoTime, Timer timer, IntUnaryOperator random) {
  /** Runs something later, once. */
  @FunctionalInterface
  public interface Timer {
    /**
     * Runs a short task that never blocks after this many nanoseconds, on any thread. Never throws;
     * a host that shuts down drops it.
     */
    void schedule(Runnable task, long delayNanos);
  }
}

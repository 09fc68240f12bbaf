package dev.weft.engine;

import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/**
 * What the engine needs of its host: time, timers, chance, and somebody who asks endpoints how they
 * are. Injected, so that tests have their own. All are called from any thread.
 *
 * @param nanoTime as {@link System#nanoTime}; the one clock of everything in the engine
 * @param random a random number from 0 to its argument, exclusive
 */
public record Surroundings(
    LongSupplier nanoTime, Timer timer, IntUnaryOperator random, Prober prober) {
  /** Where nobody can be asked. */
  public Surroundings(LongSupplier nanoTime, Timer timer, IntUnaryOperator random) {
    this(nanoTime, timer, random, (endpoint, check, told) -> told.accept(Finding.NOT_ASKED));
  }

  /** What an active check has found. */
  public enum Finding {
    HEALTHY,
    /** Not there, too slow, somebody else, or a status that is not expected. */
    UNHEALTHY,
    /** Nothing, for a reason of this process's own. */
    NOT_ASKED
  }

  /** Asks endpoints how they are, for {@code healthCheck.active}. */
  @FunctionalInterface
  public interface Prober {
    /**
     * Begins to ask one endpoint. Never blocks, never throws.
     *
     * @param told to be told the finding, exactly once, on any thread
     */
    void ask(Endpoint endpoint, ActiveCheck check, Consumer<Finding> told);

    /** An endpoint is left alone from now on, or used again, because of this last finding. */
    default void changed(Endpoint endpoint, ActiveCheck check, Finding because) {}
  }

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

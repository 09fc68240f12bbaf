package dev.weft.drive;

import java.util.concurrent.TimeUnit;

/** The clock, the patience and the alarm of drivers. Safe for use by any thread. */
public interface Time {
  /** As {@link System#nanoTime}. */
  default long nanoTime() {
    return System.nanoTime();
  }

  /**
   * Blocks the calling thread.
   *
   * @param nanos at least 0
   */
  default void sleep(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(nanos);
  }

  /**
   * Runs a short task later, on a thread on which nothing of the application's may run.
   *
   * @param delayNanos from now, at least 0
   * @return cancels the task if it has not begun; may be run more than once
   */
  Runnable schedule(Runnable task, long delayNanos);
}

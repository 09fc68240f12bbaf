package dev.weft.systemtests;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what must become true, by asking again and again; for long, but not forever. */
final class Await {
  /** Longer than anything takes on a loaded machine; what is broken costs this once. */
  static final Duration LONG = Duration.ofSeconds(60);

  private static final Duration PAUSE = Duration.ofMillis(25);

  private Await() {}

  /** Thrown by a condition that will never be true. */
  static final class Hopeless extends Error {
    private static final long serialVersionUID = 1L;

    Hopeless(String why) {
      super(why);
    }
  }

  static void until(String what, Callable<Boolean> condition) {
    until(what, LONG, condition);
  }

  /**
   * @param condition may throw an exception or an assertion's error, which is as good as false
   *     until the time is over, and then told
   */
  static void until(String what, Duration atMost, Callable<Boolean> condition) {
    until(what, atMost, PAUSE, condition);
  }

  /** Asks only so often, where asking costs something. */
  static void until(String what, Duration atMost, Duration pause, Callable<Boolean> condition) {
    long end = System.nanoTime() + atMost.toNanos();
    Throwable last = null;
    do {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (Exception | AssertionError e) {
        last = e;
      }
      LockSupport.parkNanos(pause.toNanos());
    } while (System.nanoTime() - end < 0);
    throw new AssertionError("not within " + atMost.toSeconds() + " s: " + what, last);
  }
}

package dev.weft.testkit;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what no client can see. */
public final class Await {
  private static final long LONG = 30_000_000_000L;
  private static final long PAUSE = 200_000L;

  private Await() {}

  /**
   * Asks again and again.
   *
   * @throws AssertionError if it is not so within half a minute
   */
  public static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LONG;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not come to pass in 30 s: " + what);
      }
      // Not a mere yield: that keeps one of two cores from what is waited for.
      LockSupport.parkNanos(PAUSE);
    }
  }
}

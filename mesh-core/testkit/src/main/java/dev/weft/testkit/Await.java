package dev.weft.testkit;

import java.util.function.BooleanSupplier;

/** Waits for what no client can see. */
public final class Await {
  private static final long LONG = 30_000_000_000L;

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
      Thread.yield();
    }
  }
}

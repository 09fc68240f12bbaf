package dev.weft.bridge;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What a library that does not block can do for one call. Implemented by its adapter; called by one
 * thread at a time, but for {@link #wanted}, which may come from any.
 */
public interface Carrier {
  /**
   * Sends an attempt, and does not wait for it. From then on its {@link Driven#responded} and
   * {@link Driven#ended} are to be told.
   *
   * @return ends it if it has not ended, which is told as well; may be run by any thread, and more
   *     than once
   * @throws Throwable the library's own; the call fails with it, and nothing more is tried
   */
  Runnable send(Driven attempt) throws Throwable;

  /** The application gets an answer of the mesh. */
  void answer(Refusal refusal);

  /** The application gets an error. */
  void fail(Throwable error);

  /** The application gets the error that the library has for a request that took too long. */
  void tooLate();

  /** Whether anybody still waits for the outcome. */
  boolean wanted();

  /** The application's own limit for all attempts together, in nanoseconds; 0 for none. */
  long callNanos();

  /** Where all steps but the first begin: no thread of the mesh. */
  Executor executor();

  /**
   * A second exchange that sends the same request and drops its response.
   *
   * @return null if it cannot be sent twice
   */
  @Nullable Carrier copy();
}

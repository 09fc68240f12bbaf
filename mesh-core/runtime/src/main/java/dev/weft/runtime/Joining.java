package dev.weft.runtime;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far this process is on its way into the mesh, and how long calls wait for that: not for long
 * while no coordinator answers, longer while one does. Any thread.
 */
public final class Joining {
  /** A busy machine needs seconds for a handshake, a key and a certificate. */
  private static final Duration WHILE_ANSWERED = Duration.ofSeconds(10);

  private final long alone;
  private final long answered;
  private volatile @Nullable String awaited;
  private volatile boolean proven;
  private volatile boolean over;

  /**
   * @param startupWait how long calls wait from now while no coordinator answers
   * @param nanoTime as {@link System#nanoTime}
   */
  Joining(Duration startupWait, LongSupplier nanoTime) {
    long now = nanoTime.getAsLong();
    long wait = startupWait.toNanos();
    this.alone = now + wait;
    this.answered = now + Math.max(wait, WHILE_ANSWERED.toNanos());
  }

  /**
   * Somebody answers.
   *
   * @param what is waited for now; null: nobody does, or it has refused for good
   * @param isProven whether it has shown that it is a coordinator
   */
  void waitsFor(@Nullable String what, boolean isProven) {
    proven = isProven;
    awaited = what;
  }

  /** The first configuration is there. */
  void over() {
    over = true;
    awaited = null;
  }

  /** Whether the first configuration is there. */
  boolean isOver() {
    return over;
  }

  /** What is waited for, while a coordinator is there and the first configuration is not. */
  @Nullable String awaited() {
    return over || !proven ? null : awaited;
  }

  /**
   * Until when a call waits, as things stand now: for the first configuration, or, as a process
   * that has just started is slow, for what follows on it.
   */
  long deadlineNanos() {
    return awaited == null && !over ? alone : answered;
  }
}

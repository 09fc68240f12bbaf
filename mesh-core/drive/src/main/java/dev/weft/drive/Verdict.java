package dev.weft.drive;

import dev.weft.bridge.Refusal;
import org.jspecify.annotations.Nullable;

/** What is to be done about an outcome: deliver it, try again, or answer otherwise. Immutable. */
public final class Verdict {
  /** The application gets what the library has: the response, or the error. */
  public static final Verdict DELIVER = new Verdict(-1, null);

  private final long delayNanos;
  private final @Nullable Refusal answer;

  private Verdict(long delayNanos, @Nullable Refusal answer) {
    this.delayNanos = delayNanos;
    this.answer = answer;
  }

  /**
   * The outcome is dropped, and the next attempt begun after a while.
   *
   * @param delayNanos at least 0
   */
  public static Verdict retryAfter(long delayNanos) {
    return new Verdict(Math.max(0, delayNanos), null);
  }

  /** The application gets an answer of the mesh in the place of the outcome. */
  public static Verdict answer(Refusal refusal) {
    return new Verdict(-1, refusal);
  }

  public boolean retry() {
    return delayNanos >= 0;
  }

  /** How long to wait before the next attempt, in nanoseconds; -1 if there is none. */
  public long delayNanos() {
    return delayNanos;
  }

  /** What to answer; null to deliver or to retry. */
  public @Nullable Refusal answer() {
    return answer;
  }

  @Override
  public String toString() {
    return answer != null ? "answer " + answer : retry() ? "retry in " + delayNanos : "deliver";
  }
}

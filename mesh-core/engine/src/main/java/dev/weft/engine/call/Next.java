package dev.weft.engine.call;

import dev.weft.engine.Decision;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done about an outcome. Immutable.
 *
 * @param delayNanos how long to wait before the next attempt; -1: there is none
 * @param answer what the application gets in the outcome's place; null: the outcome, or a retry
 * @param why the reason, in a few words; empty if there is nothing to say
 */
public record Next(long delayNanos, Decision.@Nullable Refuse answer, String why) {
  /** The application gets the outcome, and nothing else was ever in question. */
  public static final Next DELIVER = new Next(-1, null, "");

  /** One more would have been allowed, had the body not been gone. */
  static final Next NOT_REPLAYABLE = new Next(-1, null, "body_not_replayable");

  static final Next NO_RETRIES_LEFT = new Next(-1, null, "no retries left");

  /** Nobody else is there, and who is cannot be reached: the application gets its own error. */
  static final Next NOBODY_ELSE = new Next(-1, null, "no other endpoint");

  static final Next NO_TIME_LEFT = new Next(-1, null, "no time left for a retry");
  static final Next NO_BUDGET = new Next(-1, null, "retry budget spent");

  static Next retry(long delayNanos, String why) {
    return new Next(delayNanos, null, why);
  }

  static Next answer(Decision.Refuse refuse) {
    return new Next(-1, refuse, refuse.details());
  }

  public boolean retry() {
    return delayNanos >= 0;
  }
}

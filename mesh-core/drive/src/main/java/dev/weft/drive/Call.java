package dev.weft.drive;

import org.jspecify.annotations.Nullable;

/**
 * One call of the application, through all its attempts, as whoever decides sees it. May throw
 * whatever it likes. Used by one thread at a time, which need not always be the same.
 */
public interface Call {
  /**
   * Begins the next attempt: the first, or the one that a verdict asked for. Its predecessor's
   * outcome has been reported.
   */
  Attempt attempt();

  /**
   * A copy of the request that is to be sent besides, and whose answer nobody waits for; to be
   * asked for until it is null, once the first attempt has been begun. Sent like an attempt, never
   * retried. Adapters whose library cannot do this leave it, and the kit's table says so.
   */
  @Nullable Attempt mirror();

  /**
   * Whether it is for a host outside of the mesh, which may not be called: every attempt is a
   * {@link Attempt#refusal}.
   */
  default boolean outside() {
    return false;
  }
}

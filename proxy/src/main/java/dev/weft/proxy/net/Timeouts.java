package dev.weft.proxy.net;

import java.time.Duration;

/**
 * How long a client may take.
 *
 * @param idle between two requests, and before the first
 * @param head from the first byte of a head to its last
 * @param body between two pieces of a body that is waited for
 * @param peek from the first byte of a connection until it is known what it speaks
 * @param linger after the last response, until the connection is closed
 */
record Timeouts(Duration idle, Duration head, Duration body, Duration peek, Duration linger) {
  /** A little longer than most clients keep a connection, so that it is they who close it. */
  static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(75),
          Duration.ofSeconds(15),
          Duration.ofSeconds(60),
          Duration.ofSeconds(5),
          Duration.ofSeconds(2));
}

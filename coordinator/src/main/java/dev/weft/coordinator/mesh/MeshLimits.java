package dev.weft.coordinator.mesh;

import java.time.Duration;

/**
 * Bounds and times of the mesh port.
 *
 * @param connections at most, all together
 * @param unidentified connections at most that have not said who they are; beyond it the oldest of
 *     those that have shown least makes room
 * @param unidentifiedOfASource of those at most from one address that is not loopback
 * @param clientHello from the connection to its first TLS record
 * @param greeting from there to its {@code hello} or {@code join}
 * @param heartbeat that agents are told to ping at
 * @param silence after which a stream is closed
 * @param endpointsDelay for which changes of endpoints are collected
 * @param outOfSync after which an agent that has not acknowledged a push counts as out of sync
 * @param stuck after which an agent is disconnected that does not acknowledge, or does not read
 * @param drain that a draining instance waits for its subscribers at most
 * @param drainWithPeers that it waits at least where other coordinators have to hear of it as well
 * @param life of a stream, ± 20 %
 * @param goAway from the notice that a stream ends to its end
 * @param subscriptions of one agent at most
 * @param questions of one agent at most that wait for a name to appear; the oldest is forgotten
 */
public record MeshLimits(
    int connections,
    int unidentified,
    int unidentifiedOfASource,
    Duration clientHello,
    Duration greeting,
    Duration heartbeat,
    Duration silence,
    Duration endpointsDelay,
    Duration outOfSync,
    Duration stuck,
    Duration drain,
    Duration drainWithPeers,
    Duration life,
    Duration goAway,
    int subscriptions,
    int questions) {

  /** What a coordinator has unless a test says otherwise. */
  public static final MeshLimits DEFAULTS =
      new MeshLimits(
          20_000,
          1_000,
          250,
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          Duration.ofSeconds(10),
          Duration.ofMillis(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          Duration.ofSeconds(2),
          Duration.ofMillis(500),
          Duration.ofHours(1),
          Duration.ofSeconds(30),
          5_000,
          1_000);
}

package dev.weft.coordinator;

import dev.weft.ca.CaStatus;
import dev.weft.ca.RotationRefused;
import java.util.List;

/** The certificate authority as the admin API handles it. */
public interface CaAdmin {
  /**
   * How far one coordinator's agents are with what the phase of a rotation waits for.
   *
   * @param coordinator its id
   * @param following whether it has read the state that this one is in
   * @param agents that are connected to it
   * @param ready those of them that are done
   * @param missing some of those that are not, {@code namespace/service at address}
   */
  record Progress(
      String coordinator, boolean following, int agents, int ready, List<String> missing) {}

  /**
   * Where it stands.
   *
   * @param progress of every live coordinator; empty unless the root rotates
   */
  record View(CaStatus status, List<Progress> progress) {}

  View view();

  /**
   * Begins a rotation of the root.
   *
   * @throws RotationRefused if one is under way, or too many old roots are pinned by tokens
   * @throws Unavailable while ZooKeeper is away
   */
  void rotate() throws RotationRefused;
}

package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;
import java.util.Map;
import java.util.Set;

/**
 * The instances of one service at one moment. Immutable.
 *
 * @param service {@code namespace/service}
 * @param revision grows with every change; a multiple of {@link #STEP}, so that a list that needs
 *     several frames has a revision for each; 0: never had an instance
 * @param instances that can be called, by id; without those that are still starting
 * @param unexplained ids that left lately without having said bye or lost a lease
 */
public record ServiceView(
    String service, long revision, Map<String, Instance> instances, Set<String> unexplained) {
  /** Distance between two revisions. */
  public static final long STEP = 1024;

  /** Of a service that nobody has heard of. */
  public static ServiceView empty(String service) {
    return new ServiceView(service, 0, Map.of(), Set.of());
  }
}

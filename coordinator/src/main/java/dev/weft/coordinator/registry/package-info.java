/**
 * Instances and their lives: {@link dev.weft.coordinator.registry.Registry} is the state machine,
 * without I/O and without a clock of its own; {@link dev.weft.coordinator.registry.Sharing} carries
 * it through ZooKeeper to and from the other coordinators.
 */
@NullMarked
package dev.weft.coordinator.registry;

import org.jspecify.annotations.NullMarked;

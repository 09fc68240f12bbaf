/**
 * Policy in ZooKeeper: content-addressed resources, revisions that name them, and one head that
 * moves by compare-and-set. {@link dev.weft.coordinator.config.ConfigStore} is the way in.
 */
@NullMarked
package dev.weft.coordinator.config;

import org.jspecify.annotations.NullMarked;

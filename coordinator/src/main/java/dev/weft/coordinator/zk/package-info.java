/** ZooKeeper: embedded or an ensemble, and the one client that everything in here goes through. */
@NullMarked
package dev.weft.coordinator.zk;

import org.jspecify.annotations.NullMarked;

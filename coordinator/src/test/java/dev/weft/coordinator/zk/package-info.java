@NullMarked
package dev.weft.coordinator.zk;

import org.jspecify.annotations.NullMarked;

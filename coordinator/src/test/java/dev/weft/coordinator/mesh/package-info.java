@NullMarked
package dev.weft.coordinator.mesh;

import org.jspecify.annotations.NullMarked;

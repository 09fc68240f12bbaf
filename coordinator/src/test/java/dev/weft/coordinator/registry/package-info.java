@NullMarked
package dev.weft.coordinator.registry;

import org.jspecify.annotations.NullMarked;

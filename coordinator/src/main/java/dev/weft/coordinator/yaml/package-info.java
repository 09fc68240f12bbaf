/** YAML as trees of the same shape as JSON ({@link dev.weft.wire.Json}), read within bounds. */
@NullMarked
package dev.weft.coordinator.yaml;

import org.jspecify.annotations.NullMarked;

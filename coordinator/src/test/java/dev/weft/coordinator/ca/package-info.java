@NullMarked
package dev.weft.coordinator.ca;

import org.jspecify.annotations.NullMarked;

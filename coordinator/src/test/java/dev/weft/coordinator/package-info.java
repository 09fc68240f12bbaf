@NullMarked
package dev.weft.coordinator;

import org.jspecify.annotations.NullMarked;

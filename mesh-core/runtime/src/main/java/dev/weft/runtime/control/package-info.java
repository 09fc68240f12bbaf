/** The stream to the coordinator: joining, talking, renewing, and coming back. */
@NullMarked
package dev.weft.runtime.control;

import org.jspecify.annotations.NullMarked;

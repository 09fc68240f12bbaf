/** The I/O that both hosts (agent and proxy) share. */
@NullMarked
package dev.weft.runtime;

import org.jspecify.annotations.NullMarked;

/**
 * The inbound side: who calls, what a path means, who may do what, and how much of it. No I/O;
 * policy comes in compiled, time as an argument.
 */
@NullMarked
package dev.weft.engine.inbound;

import org.jspecify.annotations.NullMarked;

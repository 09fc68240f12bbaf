/**
 * Weft as its users meet it: real processes, and only what can be seen from outside of them. Waits
 * are for conditions, bounded; whatever a test starts is ended by process id when the test is over.
 */
@NullMarked
package dev.weft.systemtests;

import org.jspecify.annotations.NullMarked;

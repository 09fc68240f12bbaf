/**
 * Weft as its users meet it: real processes, and only what can be seen from outside of them. Waits
 * are for conditions, bounded; whatever a test starts is ended by process id when the test is over.
 *
 * <p>Two classes run beside each other. So each has a folder and a mesh of its own, and ports that
 * are 0 or from {@link Ports}; one that others would disturb, since it looks at shares or speed, is
 * tagged {@code alone}.
 */
@NullMarked
package dev.weft.systemtests;

import org.jspecify.annotations.NullMarked;

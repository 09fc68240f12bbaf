/**
 * The behaviour of the mesh: names, endpoints and their states, pickers, the request stacks. No
 * I/O: live state comes in as immutable snapshots; time and randomness are injected.
 */
@NullMarked
package dev.weft.engine;

import org.jspecify.annotations.NullMarked;

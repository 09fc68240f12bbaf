/**
 * The programs that are measured: an ordinary server, an ordinary client, and one that calls
 * nobody. They know nothing of a mesh. Outside {@code dev.weft}, because the agent leaves its own
 * programs alone.
 */
@NullMarked
package com.example.perf;

import org.jspecify.annotations.NullMarked;

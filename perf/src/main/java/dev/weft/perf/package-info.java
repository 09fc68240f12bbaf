/**
 * Measures what the mesh costs: starts the programs of {@code com.example.perf} as processes of
 * their own, with and without the agent, and compares what they need.
 */
@NullMarked
package dev.weft.perf;

import org.jspecify.annotations.NullMarked;

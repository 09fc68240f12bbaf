/**
 * The bridge's other end: calls and listeners as this process is a member of the mesh. Shared by
 * the agent's host and the proxy, which drive the same contract.
 */
@NullMarked
package dev.weft.host;

import org.jspecify.annotations.NullMarked;

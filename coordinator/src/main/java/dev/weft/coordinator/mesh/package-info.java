/**
 * The agents' stream ({@code docs/protocol.md}): TLS, frames, and one {@link
 * dev.weft.coordinator.mesh.AgentStream} a connected agent, all of it on Netty's event loops. What
 * blocks (certificates, ZooKeeper) is done by a small pool beside them.
 */
@NullMarked
package dev.weft.coordinator.mesh;

import org.jspecify.annotations.NullMarked;

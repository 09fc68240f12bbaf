/**
 * The coordinator: registry and policy in ZooKeeper, the agents' stream, the admin REST API.
 *
 * <p>The interfaces in this package are where its parts meet: {@code config} (revisions of policy),
 * {@code registry} (instances), {@code mesh} (the agents' stream) and {@code admin} (REST).
 */
@NullMarked
package dev.weft.coordinator;

import org.jspecify.annotations.NullMarked;

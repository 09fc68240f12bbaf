/**
 * The certificate authority at work: its state and the tokens in ZooKeeper, the audit log, first
 * and next certificates, the coordinator's own identity.
 */
@NullMarked
package dev.weft.coordinator.ca;

import org.jspecify.annotations.NullMarked;

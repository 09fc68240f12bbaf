/**
 * What agent and coordinator say to each other, in one place for both ends: JSON trees ({@link
 * dev.weft.wire.Json}), frames ({@link dev.weft.wire.Frames}) and messages ({@link
 * dev.weft.wire.Message}). {@code docs/protocol.md} tells the order in which they are said.
 */
@NullMarked
package dev.weft.wire;

import org.jspecify.annotations.NullMarked;

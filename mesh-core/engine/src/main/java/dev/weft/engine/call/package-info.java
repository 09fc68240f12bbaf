/**
 * The outbound way of a request: {@link dev.weft.engine.call.OutboundCall} is its visible list. A
 * state machine that hosts drive, blocking or not; it decides, they send.
 */
@NullMarked
package dev.weft.engine.call;

import org.jspecify.annotations.NullMarked;

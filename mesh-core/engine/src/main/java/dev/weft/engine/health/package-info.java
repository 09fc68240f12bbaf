/**
 * What is left alone for a while, and when it is tried again: ejection of one endpoint, the circuit
 * breaker of a whole Service, limits, the retry budget. The circuit breakers are Resilience4j's.
 */
@NullMarked
package dev.weft.engine.health;

import org.jspecify.annotations.NullMarked;

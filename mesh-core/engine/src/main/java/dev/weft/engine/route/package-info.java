/**
 * Routes: policy compiled into immutable tables that say, for the head of a request, which rule
 * holds, which backends it has, and what is changed on the way. Pure: no time, no randomness.
 */
@NullMarked
package dev.weft.engine.route;

import org.jspecify.annotations.NullMarked;

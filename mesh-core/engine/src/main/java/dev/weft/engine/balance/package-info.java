/**
 * Ways to choose one of several candidates. Pure: no state of an endpoint is changed by being
 * looked at.
 */
@NullMarked
package dev.weft.engine.balance;

import org.jspecify.annotations.NullMarked;

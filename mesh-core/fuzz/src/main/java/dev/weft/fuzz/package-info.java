/**
 * Inputs that nobody would write, for the tests of everything that reads what others send: {@link
 * dev.weft.fuzz.Fuzz}. For tests only.
 */
@NullMarked
package dev.weft.fuzz;

import org.jspecify.annotations.NullMarked;

/**
 * Records of policy: what the kinds are, how they are parsed and validated, and what they decide.
 * No I/O, no library.
 */
@NullMarked
package dev.weft.policy;

import org.jspecify.annotations.NullMarked;

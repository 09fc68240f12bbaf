/** The contract that every client adapter proves itself by. */
@NullMarked
package dev.weft.testkit.client;

import org.jspecify.annotations.NullMarked;

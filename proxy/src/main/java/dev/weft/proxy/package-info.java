/**
 * {@code weft proxy}: the mesh for what is not a JVM. A process of its own beside the application,
 * or around it; one more driver of the contract that woven code drives in a JVM.
 */
@NullMarked
package dev.weft.proxy;

import org.jspecify.annotations.NullMarked;

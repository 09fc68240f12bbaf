/** Netty: its channels, HTTP/1.1 and HTTP/2. */
@NullMarked
package dev.weft.instrumentation.netty;

import org.jspecify.annotations.NullMarked;

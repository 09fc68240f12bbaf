/**
 * Connections and what goes over them. Everything of one request happens on one event loop, that of
 * the connection it came on: there are no locks, and nothing in here may block.
 */
@NullMarked
package dev.weft.proxy.net;

import org.jspecify.annotations.NullMarked;

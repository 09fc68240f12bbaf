/**
 * Helpers, defined in the loader of the library.
 *
 * <pre>
 * RETRY            {@link OwnRetries}: what a call of the mesh comes to passes it by
 * MeshExec         asks the mesh; {@link Exchange} sends each attempt down the chain
 * PROTOCOL         the library's: challenges, cookies
 * CONNECT          the library's, over {@link EndpointRuntime}: a pool for each endpoint, mesh TLS
 * MAIN_TRANSPORT   the library's, over {@link EndpointRuntime}: the head as the mesh wants it
 * </pre>
 *
 * <p>And the same without blocking:
 *
 * <pre>
 * RETRY            {@link AsyncOwnRetries}
 * MeshAsyncExec    {@link AsyncExchange} asks the mesh, and sends each {@link AsyncAttempt}
 * PROTOCOL         the library's
 * CONNECT          the library's, over {@link AsyncRuntime}; {@link AsyncTls} under its connections
 * MAIN_TRANSPORT   the library's, whose {@link AsyncHandler} writes the head
 * </pre>
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient5.inside;

import org.jspecify.annotations.NullMarked;

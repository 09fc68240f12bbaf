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
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient5.inside;

import org.jspecify.annotations.NullMarked;

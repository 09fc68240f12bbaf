/**
 * Helpers, defined in the loader of the library. {@link MeshExec} stands round the library's main
 * executor, below what follows redirects, retries and completes heads, and asks the mesh; {@link
 * Exchange} sends each attempt through that main executor.
 *
 * <p>Of the asynchronous client, {@link MeshManager} stands between an exchange of the library's
 * and its connections, and has the mesh asked; {@link AsyncAttempt} is what the reactor speaks
 * with.
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient4.inside;

import org.jspecify.annotations.NullMarked;

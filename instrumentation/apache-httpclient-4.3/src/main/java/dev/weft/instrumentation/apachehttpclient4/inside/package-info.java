/**
 * Helpers, defined in the loader of the library. {@link MeshExec} stands round the library's main
 * executor, below what follows redirects, retries and completes heads, and asks the mesh; {@link
 * Exchange} sends each attempt through that main executor.
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient4.inside;

import org.jspecify.annotations.NullMarked;

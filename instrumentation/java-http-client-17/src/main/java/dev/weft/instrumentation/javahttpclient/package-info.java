/**
 * {@code java.net.http.HttpClient} of JDK 17 to 25: blocking and asynchronous, HTTP/1.1 and HTTP/2.
 *
 * <p>The URI is never rewritten. A request of the mesh is given the picked endpoint as its resolved
 * address, labelled so that the client's own pool keeps endpoints apart, and is marked secure, so
 * that the client takes its own TLS path with the mesh's engine.
 */
@NullMarked
package dev.weft.instrumentation.javahttpclient;

import org.jspecify.annotations.NullMarked;

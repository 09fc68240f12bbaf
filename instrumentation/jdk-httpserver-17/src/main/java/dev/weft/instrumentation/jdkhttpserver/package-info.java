/**
 * The JDK's {@code com.sun.net.httpserver}, on JDK 17 to 25: mesh TLS on the application's own
 * plaintext port, a decision of the mesh for each request before anything is routed, and a way out
 * of service that fails no request.
 *
 * <p>{@code …Instrumentation} and the module live in the agent; everything else is a helper that is
 * defined beside the woven classes, and speaks in types of {@code java.base} only.
 */
@NullMarked
package dev.weft.instrumentation.jdkhttpserver;

import org.jspecify.annotations.NullMarked;

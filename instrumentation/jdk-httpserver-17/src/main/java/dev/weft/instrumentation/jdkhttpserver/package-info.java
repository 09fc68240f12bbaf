/**
 * The JDK's {@code com.sun.net.httpserver}, on JDK 17 to 25: mesh TLS on the application's own
 * plaintext port, a decision of the mesh for each request before anything is routed, and a way out
 * of service that fails no request.
 */
@NullMarked
package dev.weft.instrumentation.jdkhttpserver;

import org.jspecify.annotations.NullMarked;

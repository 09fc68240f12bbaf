/**
 * What lives beside Tomcat in its loader: touches nothing but the JDK, Tomcat's coyote level and
 * the bridge, and links on every version from 9.0.30, against which it is compiled.
 *
 * <p>Two layers meet here. {@link dev.weft.instrumentation.tomcat.inside.MeshNioChannel} decides by
 * a connection's first bytes whether it is mesh TLS, and then carries it, while Tomcat goes on
 * believing that the connector is plaintext. {@link
 * dev.weft.instrumentation.tomcat.inside.MeshAdapter} stands before every request.
 */
@NullMarked
package dev.weft.instrumentation.tomcat.inside;

import org.jspecify.annotations.NullMarked;

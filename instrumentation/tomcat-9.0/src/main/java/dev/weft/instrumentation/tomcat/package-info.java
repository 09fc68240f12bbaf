/**
 * Apache Tomcat 9.0, 10.1 and 11.0, NIO connector, server side.
 *
 * <p>{@link dev.weft.instrumentation.tomcat.TomcatModule} and the {@code …Type} classes are the
 * matchers and advice. The other classes are helpers: they live beside Tomcat in its loader, touch
 * nothing but the JDK, Tomcat's coyote level and the bridge, and link on every version from 9.0.30,
 * against which they are compiled.
 *
 * <p>Two layers meet in them. {@link dev.weft.instrumentation.tomcat.MeshNioChannel} decides by a
 * connection's first bytes whether it is mesh TLS, and then carries it, while Tomcat goes on
 * believing that the connector is plaintext. {@link dev.weft.instrumentation.tomcat.MeshAdapter}
 * stands before every request.
 */
@NullMarked
package dev.weft.instrumentation.tomcat;

import org.jspecify.annotations.NullMarked;

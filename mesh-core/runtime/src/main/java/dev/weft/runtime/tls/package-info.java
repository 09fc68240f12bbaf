/**
 * Keys, certificates and TLS of the mesh, on the JDK's own classes alone: what this process is
 * ({@link dev.weft.runtime.tls.Identity}), whom it believes ({@link
 * dev.weft.runtime.tls.TrustBundle}), and the engines and sockets that speak mesh TLS ({@link
 * dev.weft.runtime.tls.MeshTls}).
 *
 * <p>TLS 1.3 has one habit that every user of this package meets: the client is done with its
 * handshake before the server has looked at the client's certificate. A server that refuses it
 * therefore shows as an alert on the client's <em>first read</em>, not in the handshake; or, if the
 * server has closed before the client is done writing, as a broken pipe or a reset, in the
 * handshake or after it. A request that was written before that has not reached the application and
 * may be retried.
 */
@NullMarked
package dev.weft.runtime.tls;

import org.jspecify.annotations.NullMarked;

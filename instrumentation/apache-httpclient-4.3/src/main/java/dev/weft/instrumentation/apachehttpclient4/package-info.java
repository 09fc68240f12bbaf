/**
 * Apache HttpClient 4.3.6 to 4.5.14: each call asks the mesh, each attempt is sent to the endpoint
 * that the mesh picked, and mesh TLS is put under connections where the library has connected them.
 * HttpAsyncClient 4.1.3 to 4.1.5, which stands on it, has a module of its own.
 *
 * <p>Here is what weaves; {@code inside} has what is injected beside the library.
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient4;

import org.jspecify.annotations.NullMarked;

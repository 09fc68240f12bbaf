/**
 * Apache HttpClient 4.3.6 to 4.5.14: each call asks the mesh, each attempt is sent to the endpoint
 * that the mesh picked, and mesh TLS is put under connections where the library has connected them.
 * HttpAsyncClient 4, which shares some classes with it, meets none of those that are woven.
 *
 * <p>Here is what weaves; {@code inside} has what is injected beside the library.
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient4;

import org.jspecify.annotations.NullMarked;

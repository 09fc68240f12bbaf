/**
 * Apache HttpClient 5, classic and asynchronous, from 5.1.4 on: each call asks the mesh, each
 * attempt is sent to the endpoint that the mesh picked, and mesh TLS is put under connections where
 * the library has connected them.
 *
 * <p>Here is what weaves; {@code inside} has what is injected beside the library.
 */
@NullMarked
package dev.weft.instrumentation.apachehttpclient5;

import org.jspecify.annotations.NullMarked;

/**
 * What lives beside OkHttp in its loader.
 *
 * <p>Two interceptors are put into the chain of every call: {@link
 * dev.weft.instrumentation.okhttp.inside.LegInterceptor} below the one that follows redirects, so
 * that each of them is routed anew and the application's own interceptors see a call once; and
 * {@link dev.weft.instrumentation.okhttp.inside.Gate} above the one that writes. Between the two
 * the library looks for a connection to an {@link dev.weft.instrumentation.okhttp.inside.Attempt},
 * not to what the URL says. {@link dev.weft.instrumentation.okhttp.inside.CallScope} is where woven
 * code finds all that.
 */
@NullMarked
package dev.weft.instrumentation.okhttp.inside;

import org.jspecify.annotations.NullMarked;

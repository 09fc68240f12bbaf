/**
 * OkHttp 3.14, 4 and 5, client side.
 *
 * <p>{@link dev.weft.instrumentation.okhttp.OkHttpModule} names the types that are woven, {@link
 * dev.weft.instrumentation.okhttp.OkHttpAdvice} is what is woven into them. What both call lives
 * beside the library, in {@code inside}, and links on every version from 3.14.9, against which it
 * is compiled.
 */
@NullMarked
package dev.weft.instrumentation.okhttp;

import org.jspecify.annotations.NullMarked;

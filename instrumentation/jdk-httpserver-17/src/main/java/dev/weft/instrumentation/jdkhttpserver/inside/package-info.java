/** What is defined beside the woven classes, and speaks in types of {@code java.base} only. */
@NullMarked
package dev.weft.instrumentation.jdkhttpserver.inside;

import org.jspecify.annotations.NullMarked;

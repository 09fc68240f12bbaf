/** What is defined on the bootstrap loader, beside the woven classes. */
@NullMarked
package dev.weft.instrumentation.javahttpclient.inside;

import org.jspecify.annotations.NullMarked;

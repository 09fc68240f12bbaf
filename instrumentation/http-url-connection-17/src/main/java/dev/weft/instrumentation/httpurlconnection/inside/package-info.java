/** What is defined on the bootstrap loader, beside the woven classes. */
@NullMarked
package dev.weft.instrumentation.httpurlconnection.inside;

import org.jspecify.annotations.NullMarked;

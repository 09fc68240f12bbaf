/**
 * The JDK's {@code HttpURLConnection} for {@code http} URLs, on JDK 17 to 25: each request picks an
 * endpoint, connections are pooled for each endpoint, and mesh TLS is put under them. {@code https}
 * is left alone, and so is whatever else stands on the same classes and names no service of the
 * mesh.
 */
@NullMarked
package dev.weft.instrumentation.httpurlconnection;

import org.jspecify.annotations.NullMarked;

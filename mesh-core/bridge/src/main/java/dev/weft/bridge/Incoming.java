package dev.weft.bridge;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request that came in, as it was sent. Implemented by adapters over the library's
 * own object; read while {@link Listener#begin} and {@link Exchange#end} run, by one thread at a
 * time.
 */
public interface Incoming {
  /** As on the request line, such as {@code GET}; empty if the line cannot be read. */
  String method();

  /**
   * The request's target without its query, still escaped: a path, or what else stands there. Empty
   * if the line cannot be read.
   */
  String target();

  /** The query as it was sent, without the question mark; null if there is none. */
  @Nullable String query();

  /** {@code :authority} of HTTP/2; null if there is none, as in HTTP/1. */
  @Nullable String authority();

  /**
   * The values of a header field, in order; empty if there is none.
   *
   * @param name in lower case
   */
  List<String> header(String name);

  /** Where the connection comes from; null if that is not known. */
  @Nullable InetAddress source();
}

package dev.weft.engine.inbound;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of a request that came in, as it was sent. Read by one thread at a time. */
public interface InboundHead {
  /** Such as {@code GET}; empty if the server does not say. */
  String method();

  /**
   * The request's target without its query: a path, still escaped, or the absolute form, as it was
   * sent. Empty if the server does not say.
   */
  String target();

  /** The query as it was sent, without the question mark; null if there is none. */
  @Nullable String query();

  /** {@code :authority} of HTTP/2; null if there is none, as in HTTP/1. */
  @Nullable String authority();

  /**
   * All values of a field, in order; empty if there is none.
   *
   * @param name in lower case
   */
  List<String> header(String name);

  /** How many processes of the mesh have passed the request on, as it says of itself. */
  default int hops() {
    return 0;
  }

  /** The address that the connection comes from, 4 or 16 bytes; null if it is not known. */
  byte @Nullable [] source();
}

package dev.weft.engine.route;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request as the application wrote it; what routes are matched against. Read by one
 * thread at a time.
 */
public interface RequestHead {
  /** Such as {@code GET}. */
  String method();

  /** {@code http} or {@code https}. */
  String scheme();

  /** As written; empty if there is none. */
  String host();

  /** -1 if there is none. */
  int port();

  /** As it goes on the wire, still escaped, without the query; never empty. */
  String path();

  /** As it goes on the wire, without the question mark; null if there is none. */
  @Nullable String query();

  /**
   * All values of a field, in order; empty if there is none.
   *
   * @param name in lower case
   */
  List<String> header(String name);

  /** Whether the request can be sent again. */
  boolean replayable();

  /** Whether it will have a connection for itself: it then counts for {@code maxConnections}. */
  default boolean ownConnection() {
    return false;
  }

  /** The authority that is sent unless a rule changes it. */
  default String authority() {
    List<String> host = header("host");
    if (!host.isEmpty()) {
      return host.get(0);
    }
    return port() == -1 ? host() : host() + ":" + port();
  }
}

package dev.weft.bridge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request as the application wrote it. Implemented by adapters over the library's own
 * object; read while a call begins, and each of its attempts, by one thread at a time.
 */
public interface Request {
  /** As on the request line, such as {@code GET}. */
  String method();

  /** The URI's scheme; null if it has none. */
  @Nullable String scheme();

  /** The URI's host as the application wrote it; null if it has none. */
  @Nullable String host();

  /** The URI's port, -1 if it has none. */
  int port();

  /** The path as it goes on the wire, still escaped; {@code /} if the URI has none. */
  String path();

  /** The query as it goes on the wire, without the question mark; null if there is none. */
  @Nullable String query();

  /**
   * The values that the application gave a header field, in order; empty if it gave none.
   *
   * @param name in any letter case
   */
  List<String> header(String name);

  /**
   * Whether the request can be sent again: it has no body, or one that can be written again without
   * having been kept for that purpose.
   */
  boolean replayable();

  /**
   * Whether the call will have a connection for itself while it goes on, as over HTTP/1.1; false if
   * it may share one, or if that is not known yet.
   */
  boolean ownConnection();

  /**
   * Whether a request of such a method may be made a second time (RFC 9110, 9.2.2); false for one
   * that is unknown, or null: a duplicate is worse than an error.
   */
  static boolean idempotent(@Nullable String method) {
    if (method == null) {
      return false;
    }
    switch (method) {
      case "GET":
      case "HEAD":
      case "OPTIONS":
      case "TRACE":
      case "PUT":
      case "DELETE":
        return true;
      default:
        return false;
    }
  }
}

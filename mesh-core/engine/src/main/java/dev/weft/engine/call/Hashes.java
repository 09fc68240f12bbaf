package dev.weft.engine.call;

import dev.weft.engine.route.RequestHead;
import dev.weft.policy.BackendTrafficPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of a request is hashed, so that the same user comes to the same place. */
final class Hashes {
  private Hashes() {}

  /** The value that a policy hashes; null if the request has none. */
  static @Nullable String value(BackendTrafficPolicy.Hash hash, RequestHead head) {
    if (!hash.cookie()) {
      List<String> values = head.header(hash.name());
      return values.isEmpty() ? null : values.get(0);
    }
    for (String cookies : head.header("cookie")) {
      String value = cookie(cookies, hash.name());
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private static @Nullable String cookie(String cookies, String name) {
    int start = 0;
    while (start < cookies.length()) {
      int end = cookies.indexOf(';', start);
      if (end < 0) {
        end = cookies.length();
      }
      int from = start;
      while (from < end && cookies.charAt(from) == ' ') {
        from++;
      }
      if (cookies.startsWith(name, from)
          && from + name.length() < end
          && cookies.charAt(from + name.length()) == '=') {
        return cookies.substring(from + name.length() + 1, end).strip();
      }
      start = end + 1;
    }
    return null;
  }

  /** 64 bits that depend on every character (FNV-1a, then mixed). */
  static long of(String value) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < value.length(); i++) {
      hash = (hash ^ value.charAt(i)) * 0x100000001b3L;
    }
    return mix(hash);
  }

  /**
   * The point of 0 to {@code total}, exclusive, that a hash falls to; the same share of any total.
   */
  static int point(long hash, int total) {
    // Mixed again: the endpoint is chosen by the same hash, and must not depend on the backend.
    double unit = (mix(hash + 0x9e3779b97f4a7c15L) >>> 11) * 0x1.0p-53;
    return (int) (unit * total);
  }

  private static long mix(long hash) {
    hash = (hash ^ hash >>> 30) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ hash >>> 27) * 0x94d049bb133111ebL;
    return hash ^ hash >>> 31;
  }
}

package dev.weft.engine.route;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Parameters in the query of a URI, as HTML forms write them. */
final class Query {
  private Query() {}

  /**
   * The decoded value of the first parameter of this name; empty if it has none.
   *
   * @param name decoded, compared exactly
   * @return null if there is no such parameter
   */
  static @Nullable String first(@Nullable String query, String name) {
    if (query == null) {
      return null;
    }
    int start = 0;
    while (start <= query.length()) {
      int end = query.indexOf('&', start);
      if (end < 0) {
        end = query.length();
      }
      int equals = query.indexOf('=', start);
      int nameEnd = equals < 0 || equals > end ? end : equals;
      if (nameEnd > start && isName(query, start, nameEnd, name)) {
        return nameEnd == end ? "" : decoded(query, nameEnd + 1, end);
      }
      start = end + 1;
    }
    return null;
  }

  private static boolean isName(String query, int start, int end, String name) {
    if (end - start == name.length() && query.startsWith(name, start)) {
      return true;
    }
    return isEscaped(query, start, end) && decoded(query, start, end).equals(name);
  }

  private static boolean isEscaped(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = text.charAt(i);
      if (c == '%' || c == '+') {
        return true;
      }
    }
    return false;
  }

  /** Escapes that are none stay as they are, as servers leave them, or refuse them themselves. */
  private static String decoded(String text, int start, int end) {
    if (!isEscaped(text, start, end)) {
      return text.substring(start, end);
    }
    byte[] bytes = text.substring(start, end).getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      int high = bytes[i] == '%' && i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
      if (low >= 0) {
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        bytes[length++] = bytes[i] == '+' ? (byte) ' ' : bytes[i];
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}

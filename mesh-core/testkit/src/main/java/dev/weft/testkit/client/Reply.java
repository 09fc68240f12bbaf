package dev.weft.testkit.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the application got.
 *
 * @param headers names in lower case
 * @param uri where the library says that it came from
 * @param secure whether anything shows that TLS was in use
 */
public record Reply(
    int status, Map<String, List<String>> headers, String text, String uri, boolean secure) {
  /** Adds a field to {@code headers}. */
  public static void add(Map<String, List<String>> headers, String name, String value) {
    headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), key -> new ArrayList<>()).add(value);
  }

  public List<String> header(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }
}

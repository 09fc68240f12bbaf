package dev.weft.testkit.client;

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
  public List<String> header(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }
}

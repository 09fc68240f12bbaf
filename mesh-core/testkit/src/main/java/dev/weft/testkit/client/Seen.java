package dev.weft.testkit.client;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A request as it arrived.
 *
 * @param authority {@code Host}, or {@code :authority}
 * @param headers names in lower case, repeated ones joined by a comma
 */
public record Seen(
    String method, String target, String authority, Map<String, String> headers, byte[] body) {
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }
}

package dev.weft.coordinator.admin;

import dev.weft.wire.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer, without the server library's types. */
record Reply(int status, String type, byte[] body, Map<String, String> headers) {
  static Reply json(@Nullable Object tree) {
    return json(200, tree);
  }

  static Reply json(int status, @Nullable Object tree) {
    return new Reply(status, "application/json", Json.bytes(tree), Map.of());
  }

  Reply withType(String type) {
    return new Reply(status, type, body, headers);
  }

  Reply withHeader(String name, String value) {
    return withHeaders(Map.of(name, value));
  }

  Reply withHeaders(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.putAll(more);
    return new Reply(status, type, body, all);
  }
}

package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.wire.Json;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** An answer of the admin API. */
record Answer(int status, Map<String, String> headers, String text, Map<String, Object> tree) {
  Object at(String field) {
    return tree.get(field);
  }

  String header(String name) {
    return headers.get(name);
  }

  @SuppressWarnings("unchecked")
  List<Map<String, Object>> items(String field) {
    return (List<Map<String, Object>>) tree.get(field);
  }

  static Answer of(int status, Map<String, String> headers, String body) throws IOException {
    Map<String, Object> tree =
        body.startsWith("{") ? Json.parseObject(body.getBytes(UTF_8)) : Map.of();
    return new Answer(status, headers, body, tree);
  }
}

package dev.weft.coordinator.registry;

import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** A slice as it is stored: gzip of {@code {"format":1,"instances":[…]}}. */
final class SliceCodec {
  private static final long FORMAT = 1;

  /** A hundred instances of the largest allowed size need less than one. */
  private static final int MAX_BYTES = 4 << 20;

  private SliceCodec() {}

  static byte[] encode(List<Declared> instances) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("format", FORMAT);
    tree.put("instances", instances.stream().map(Declared::tree).toList());
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(Json.bytes(tree));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot be: the stream is memory
    }
    return out.toByteArray();
  }

  @SuppressWarnings("unchecked")
  static List<Declared> decode(byte[] bytes) throws IOException {
    byte[] json;
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      json = gzip.readNBytes(MAX_BYTES + 1);
    }
    if (json.length > MAX_BYTES) {
      throw new WireException("slice: more than " + MAX_BYTES + " bytes");
    }
    Map<String, Object> tree = Json.parseObject(json);
    if (!Long.valueOf(FORMAT).equals(tree.get("format"))
        || !(tree.get("instances") instanceof List<?> list)) {
      throw new WireException("slice: format " + tree.get("format") + " (expected: 1)");
    }
    List<Declared> instances = new ArrayList<>();
    for (Object one : list) {
      if (!(one instanceof Map)) {
        throw new WireException("slice: instances are not objects");
      }
      instances.add(Declared.parse((Map<String, Object>) one));
    }
    return instances;
  }
}

package dev.weft.coordinator.config;

import dev.weft.wire.WireException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** How nodes are written. */
final class Gzip {
  /** Nothing that we write comes near it; what does is not ours. */
  private static final int MAX_INFLATED = 32 << 20;

  private Gzip() {}

  static byte[] compress(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 2 + 32);
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot be: the stream is memory
    }
    return out.toByteArray();
  }

  static byte[] decompress(byte[] bytes) throws WireException {
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] inflated = gzip.readNBytes(MAX_INFLATED + 1);
      if (inflated.length > MAX_INFLATED) {
        throw new WireException("gzip: more than " + MAX_INFLATED + " bytes inflated");
      }
      return inflated;
    } catch (WireException e) {
      throw e;
    } catch (IOException e) {
      throw new WireException("not gzip: " + e.getMessage(), e);
    }
  }

  static Map<String, String> strings(Map<?, ?> tree) throws WireException {
    Map<String, String> strings = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : tree.entrySet()) {
      if (!(entry.getValue() instanceof String value)) {
        throw new WireException(entry.getKey() + ": " + entry.getValue() + " (expected: a string)");
      }
      strings.put(String.valueOf(entry.getKey()), value);
    }
    return strings;
  }
}

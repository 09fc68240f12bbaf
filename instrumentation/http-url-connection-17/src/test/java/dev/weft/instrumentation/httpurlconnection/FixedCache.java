package dev.weft.instrumentation.httpurlconnection;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.CacheRequest;
import java.net.CacheResponse;
import java.net.ResponseCache;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has an answer to everything. */
final class FixedCache extends ResponseCache {
  private final String body;

  FixedCache(String body) {
    this.body = body;
  }

  @Override
  public CacheResponse get(URI uri, String method, Map<String, List<String>> headers) {
    return new CacheResponse() {
      @Override
      public Map<String, List<String>> getHeaders() {
        return Map.of("Content-Type", List.of("text/plain"));
      }

      @Override
      public InputStream getBody() {
        return new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  @Override
  public @Nullable CacheRequest put(URI uri, URLConnection connection) {
    return null;
  }
}

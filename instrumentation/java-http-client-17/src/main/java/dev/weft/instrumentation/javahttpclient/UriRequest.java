package dev.weft.instrumentation.javahttpclient;

import dev.weft.bootstrap.Request;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of a call is known from its URI alone. */
final class UriRequest implements Request {
  private final URI uri;

  UriRequest(URI uri) {
    this.uri = uri;
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public @Nullable String scheme() {
    return uri.getScheme();
  }

  @Override
  public @Nullable String host() {
    return uri.getHost();
  }

  @Override
  public int port() {
    return uri.getPort();
  }

  @Override
  public String path() {
    String path = uri.getRawPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  @Override
  public @Nullable String query() {
    return uri.getRawQuery();
  }

  @Override
  public List<String> header(String name) {
    return List.of();
  }

  @Override
  public boolean replayable() {
    return false;
  }
}

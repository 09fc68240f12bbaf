package dev.weft.instrumentation.httpurlconnection;

import dev.weft.bootstrap.Request;
import java.net.URL;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of a call is known from its URL alone. */
final class UriRequest implements Request {
  private final URL uri;

  UriRequest(URL uri) {
    this.uri = uri;
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public @Nullable String scheme() {
    return uri.getProtocol();
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
    String path = uri.getPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  @Override
  public @Nullable String query() {
    return uri.getQuery();
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

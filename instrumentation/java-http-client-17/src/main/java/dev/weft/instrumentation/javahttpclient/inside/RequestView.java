package dev.weft.instrumentation.javahttpclient.inside;

import dev.weft.bridge.Request;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request of this client as the mesh reads it. */
final class RequestView implements Request {
  private static final String PUBLISHERS = "jdk.internal.net.http.RequestPublishers$";

  private final HttpRequest request;
  private final URI uri;
  private final @Nullable Object client;

  /**
   * @param client that is to send it; null if that is not known here
   */
  RequestView(HttpRequest request, @Nullable Object client) {
    this.request = request;
    this.uri = request.uri();
    this.client = client;
  }

  @Override
  public String method() {
    return request.method();
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
    return request.headers().allValues(name);
  }

  @Override
  public boolean replayable() {
    return replayable(request);
  }

  /** Where HTTP/1.1 is asked for. Otherwise only the connection will show what it speaks. */
  @Override
  public boolean ownConnection() {
    HttpClient.Version version = request.version().orElse(null);
    if (version == null && client instanceof HttpClient) {
      version = ((HttpClient) client).version();
    }
    return version == HttpClient.Version.HTTP_1_1;
  }

  /**
   * Whether the body can be published again. Only the client's own publishers are known to give the
   * same bytes to every subscriber; that of a stream asks its supplier again, which often has but
   * one.
   */
  static boolean replayable(HttpRequest request) {
    HttpRequest.BodyPublisher body = request.bodyPublisher().orElse(null);
    if (body == null || body.contentLength() == 0) {
      return true;
    }
    String name = body.getClass().getName();
    if (!name.startsWith(PUBLISHERS)) {
      return false;
    }
    switch (name.substring(PUBLISHERS.length())) {
      case "ByteArrayPublisher":
      case "StringPublisher":
      case "FilePublisher":
      case "EmptyPublisher":
        return true;
      default:
        return false;
    }
  }
}

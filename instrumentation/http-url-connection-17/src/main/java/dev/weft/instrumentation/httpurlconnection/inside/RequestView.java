package dev.weft.instrumentation.httpurlconnection.inside;

import dev.weft.bridge.Request;
import java.lang.ref.WeakReference;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of this library as the mesh reads it. The mesh keeps it for as long as the call, and
 * the call is known by the connection: it must not hold that.
 */
final class RequestView implements Request {
  private final URL url;
  private final WeakReference<HttpURLConnection> connection;
  private final @Nullable Object head;
  private final boolean streaming;
  private volatile String method;

  /**
   * @param head the library's own object with the fields that the application has set; null if it
   *     is not known
   */
  RequestView(URL url, HttpURLConnection connection, @Nullable Object head, boolean streaming) {
    this.url = url;
    this.connection = new WeakReference<>(connection);
    this.method = connection.getRequestMethod();
    this.head = head;
    this.streaming = streaming;
  }

  @Override
  public String method() {
    HttpURLConnection current = connection.get();
    if (current != null) {
      method = current.getRequestMethod(); // GET becomes POST when a body is asked for
    }
    return method;
  }

  @Override
  public @Nullable String scheme() {
    return url.getProtocol();
  }

  @Override
  public @Nullable String host() {
    return url.getHost();
  }

  @Override
  public int port() {
    return url.getPort();
  }

  @Override
  public String path() {
    String path = url.getPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  @Override
  public @Nullable String query() {
    return url.getQuery();
  }

  @Override
  public List<String> header(String name) {
    return head == null ? List.of() : Inside.values(head, name);
  }

  @Override
  public boolean replayable() {
    return !streaming;
  }

  /** Of HTTP/1.1. */
  @Override
  public boolean ownConnection() {
    return true;
  }
}

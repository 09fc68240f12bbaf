package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Incoming;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of a request of HTTP/1.1 as Netty has read it. */
final class Http1Head implements Incoming {
  /** What Netty says where it could not read the request line. */
  private static final String UNREADABLE = "/bad-request";

  private final String method;
  private final String uri;
  private final HttpHeaders headers;
  private final @Nullable InetAddress source;

  Http1Head(HttpRequest request, @Nullable InetAddress source) {
    boolean readable = request.decoderResult().isSuccess() || !request.uri().equals(UNREADABLE);
    this.method = readable ? request.method().name() : "";
    this.uri = readable ? request.uri() : "";
    this.headers = request.headers();
    this.source = source;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String target() {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  @Override
  public @Nullable String query() {
    int query = uri.indexOf('?');
    return query < 0 ? null : uri.substring(query + 1);
  }

  @Override
  public @Nullable String authority() {
    return null;
  }

  @Override
  public List<String> header(String name) {
    return headers.getAll(name);
  }

  @Override
  public @Nullable InetAddress source() {
    return source;
  }
}

package dev.weft.instrumentation.okhttp.inside;

import dev.weft.bridge.Request;
import java.util.List;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** A request of this library as the mesh reads it. */
final class RequestView implements Request {
  private final okhttp3.Request request;
  private final HttpUrl url;
  private final OkHttpClient client;

  RequestView(okhttp3.Request request, OkHttpClient client) {
    this.request = request;
    this.url = request.url();
    this.client = client;
  }

  @Override
  public String method() {
    return request.method();
  }

  @Override
  public String scheme() {
    return url.scheme();
  }

  @Override
  public String host() {
    return url.host();
  }

  /** The library does not tell one that was left out from the scheme's own. */
  @Override
  public int port() {
    return url.port() == HttpUrl.defaultPort(url.scheme()) ? -1 : url.port();
  }

  @Override
  public String path() {
    return url.encodedPath();
  }

  @Override
  public @Nullable String query() {
    return url.encodedQuery();
  }

  @Override
  public List<String> header(String name) {
    return request.headers(name);
  }

  @Override
  public boolean replayable() {
    return replayable(request);
  }

  /** Unless it may speak HTTP/2: only the connection will show. */
  @Override
  public boolean ownConnection() {
    return !client.protocols().contains(Protocol.HTTP_2)
        && !client.protocols().contains(Protocol.H2_PRIOR_KNOWLEDGE);
  }

  /** Whether the request can be sent a second time, and that does no more than the first. */
  static boolean repeatable(okhttp3.Request request) {
    return Request.idempotent(request.method()) && replayable(request);
  }

  /** Whether the body can be written again; the library itself does that too. */
  static boolean replayable(okhttp3.Request request) {
    RequestBody body = request.body();
    return body == null || !(body.isOneShot() || body.isDuplex());
  }
}

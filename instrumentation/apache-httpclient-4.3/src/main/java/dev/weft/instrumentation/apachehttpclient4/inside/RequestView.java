package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.Request;
import java.util.ArrayList;
import java.util.List;
import org.apache.http.Header;
import org.apache.http.HttpEntity;
import org.apache.http.HttpEntityEnclosingRequest;
import org.apache.http.HttpHost;
import org.apache.http.HttpRequest;
import org.apache.http.client.protocol.HttpClientContext;
import org.apache.http.conn.routing.HttpRoute;
import org.jspecify.annotations.Nullable;

/** A request as the mesh reads it. */
final class RequestView implements Request {
  private final HttpRequest request;
  private final HttpHost target;
  private final @Nullable HttpHost named;
  private final String onTheWire;
  private final boolean replayable;

  RequestView(HttpRoute route, HttpRequest request, HttpClientContext context) {
    this(route, request, context, isRepeatable(request));
  }

  /**
   * @param replayable whether its body, if it has one, can be sent again
   */
  RequestView(HttpRoute route, HttpRequest request, HttpClientContext context, boolean replayable) {
    this.request = request;
    this.replayable = replayable;
    this.target = route.getTargetHost();
    this.named = context.getTargetHost();
    this.onTheWire = Heads.target(request);
  }

  @Override
  public String method() {
    return request.getRequestLine().getMethod();
  }

  @Override
  public @Nullable String scheme() {
    return target.getSchemeName();
  }

  /** Where it is sent, which may be another than the one that it names. */
  @Override
  public @Nullable String host() {
    return target.getHostName();
  }

  /** A route always has a port; the URI need not. */
  @Override
  public int port() {
    return named != null && named.getHostName().equalsIgnoreCase(target.getHostName())
        ? named.getPort()
        : target.getPort();
  }

  @Override
  public String path() {
    int query = onTheWire.indexOf('?');
    return query < 0 ? onTheWire : query == 0 ? "/" : onTheWire.substring(0, query);
  }

  @Override
  public @Nullable String query() {
    int query = onTheWire.indexOf('?');
    return query < 0 ? null : onTheWire.substring(query + 1);
  }

  @Override
  public List<String> header(String name) {
    List<String> values = new ArrayList<>();
    for (Header field : request.getHeaders(name)) {
      values.add(field.getValue());
    }
    return values;
  }

  private static boolean isRepeatable(HttpRequest request) {
    HttpEntity entity =
        request instanceof HttpEntityEnclosingRequest
            ? ((HttpEntityEnclosingRequest) request).getEntity()
            : null;
    return entity == null || entity.isRepeatable();
  }

  @Override
  public boolean replayable() {
    return replayable;
  }

  /** Of HTTP/1.1. */
  @Override
  public boolean ownConnection() {
    return true;
  }
}

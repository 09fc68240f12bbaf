package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Request;
import java.util.ArrayList;
import java.util.List;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.net.URIAuthority;
import org.jspecify.annotations.Nullable;

/** A request as the mesh reads it. */
final class RequestView implements Request {
  private final HttpRequest request;
  private final HttpHost target;
  private final boolean replayable;

  private RequestView(HttpRequest request, HttpRoute route, boolean replayable) {
    this.request = request;
    this.target = route.getTargetHost();
    this.replayable = replayable;
  }

  static RequestView classic(ClassicHttpRequest request, HttpRoute route) {
    HttpEntity entity = request.getEntity();
    return new RequestView(request, route, entity == null || entity.isRepeatable());
  }

  static RequestView async(
      HttpRequest request, @Nullable AsyncEntityProducer entity, HttpRoute route) {
    return new RequestView(request, route, entity == null || entity.isRepeatable());
  }

  @Override
  public String method() {
    return request.getMethod();
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
    URIAuthority named = request.getAuthority();
    return named != null && named.getHostName().equalsIgnoreCase(target.getHostName())
        ? named.getPort()
        : target.getPort();
  }

  @Override
  public String path() {
    String target = request.getPath();
    if (target == null || target.isEmpty()) {
      return "/";
    }
    int query = target.indexOf('?');
    return query < 0 ? target : query == 0 ? "/" : target.substring(0, query);
  }

  @Override
  public @Nullable String query() {
    String target = request.getPath();
    int query = target == null ? -1 : target.indexOf('?');
    return query < 0 ? null : target.substring(query + 1);
  }

  @Override
  public List<String> header(String name) {
    List<String> values = new ArrayList<>();
    for (Header field : request.getHeaders(name)) {
      values.add(field.getValue());
    }
    return values;
  }

  @Override
  public boolean replayable() {
    return replayable;
  }

  /**
   * The pool lends each to one call; but for one that multiplexes HTTP/2, which nobody can tell.
   */
  @Override
  public boolean ownConnection() {
    return true;
  }
}

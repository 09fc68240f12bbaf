package dev.weft.instrumentation.apachehttpclient4.inside;

import dev.weft.bridge.HeadChange;
import org.apache.http.HttpEntityEnclosingRequest;
import org.apache.http.HttpHeaders;
import org.apache.http.HttpMessage;
import org.apache.http.HttpRequest;
import org.apache.http.ProtocolVersion;
import org.apache.http.client.methods.HttpRequestWrapper;
import org.apache.http.message.BasicHttpEntityEnclosingRequest;
import org.apache.http.message.BasicHttpRequest;
import org.jspecify.annotations.Nullable;

/** Heads as the mesh wants them. */
final class Heads {
  private Heads() {}

  /** Path and query as they go to a server, also where the request was made ready for a proxy. */
  static String target(HttpRequest request) {
    String uri = request.getRequestLine().getUri();
    if (!uri.startsWith("/")) {
      int authority = uri.indexOf("://");
      int path = authority < 0 ? -1 : uri.indexOf('/', authority + 3);
      uri = path < 0 ? "/" : uri.substring(path);
    }
    return uri;
  }

  /** A copy for one attempt: the library writes into what it sends, and shows it to nobody. */
  static HttpRequestWrapper sent(HttpRequestWrapper request, @Nullable HeadChange change) {
    String target = target(request);
    if (change != null && change.target() != null) {
      target = change.target();
    }
    HttpRequestWrapper sent = HttpRequestWrapper.wrap(request);
    if (!target.equals(request.getRequestLine().getUri())) {
      sent = HttpRequestWrapper.wrap(otherwise(request, target));
    }
    sent.removeHeaders("Proxy-Connection");
    if (change != null) {
      if (change.authority() != null) {
        sent.setHeader(HttpHeaders.HOST, change.authority());
      }
      apply(change, sent);
    }
    return sent;
  }

  private static HttpRequest otherwise(HttpRequestWrapper request, String target) {
    String method = request.getRequestLine().getMethod();
    ProtocolVersion version = request.getProtocolVersion();
    HttpRequest other;
    if (request instanceof HttpEntityEnclosingRequest) {
      BasicHttpEntityEnclosingRequest enclosing =
          new BasicHttpEntityEnclosingRequest(method, target, version);
      enclosing.setEntity(((HttpEntityEnclosingRequest) request).getEntity());
      other = enclosing;
    } else {
      other = new BasicHttpRequest(method, target, version);
    }
    other.setHeaders(request.getAllHeaders());
    return other;
  }

  /** Removes, then sets, then adds. */
  static void apply(@Nullable HeadChange change, HttpMessage message) {
    if (change == null) {
      return;
    }
    for (String name : change.remove()) {
      message.removeHeaders(name);
    }
    String[] set = change.set();
    for (int i = 0; i < set.length; i += 2) {
      message.removeHeaders(set[i]);
      message.addHeader(set[i], set[i + 1]);
    }
    String[] add = change.add();
    for (int i = 0; i < add.length; i += 2) {
      message.addHeader(add[i], add[i + 1]);
    }
  }
}

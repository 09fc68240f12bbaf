package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.HeadChange;
import dev.weft.bridge.Refusal;
import java.net.URISyntaxException;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpMessage;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.support.BasicRequestBuilder;
import org.apache.hc.core5.net.URIAuthority;
import org.jspecify.annotations.Nullable;

/** Heads as the mesh wants them. */
final class Heads {
  private Heads() {}

  /** What goes on the wire; the library resolves redirects against its own, and shows that. */
  static ClassicHttpRequest sent(ClassicHttpRequest request, @Nullable HeadChange change) {
    if (change == null) {
      return request;
    }
    ClassicHttpRequest sent = ClassicRequestBuilder.copy(request).build();
    if (change.authority() != null) {
      sent.setHeader(HttpHeaders.HOST, change.authority());
    }
    apply(change, sent);
    return sent;
  }

  /** The same where HTTP/2 may be spoken, which has no Host. */
  static HttpRequest sent(HttpRequest request, @Nullable HeadChange change) {
    if (change == null) {
      return request;
    }
    HttpRequest sent = BasicRequestBuilder.copy(request).build();
    String authority = change.authority();
    if (authority != null) {
      try {
        sent.setAuthority(URIAuthority.create(authority));
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException(e);
      }
      if (sent.containsHeader(HttpHeaders.HOST)) {
        sent.setHeader(HttpHeaders.HOST, authority);
      }
    }
    apply(change, sent);
    return sent;
  }

  private static void apply(HeadChange change, HttpRequest sent) {
    if (change.target() != null) {
      sent.setPath(change.target());
    }
    apply(change, (HttpMessage) sent);
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

  /** An answer of the mesh as if it had come over a connection. */
  static ClassicHttpResponse response(Refusal refusal, String method) {
    ClassicHttpResponse response = new BasicClassicHttpResponse(refusal.status());
    fill(refusal, response);
    if (hasBody(method)) {
      response.setEntity(new ByteArrayEntity(refusal.body(), contentType(response)));
    }
    return response;
  }

  static void fill(Refusal refusal, HttpResponse response) {
    response.setVersion(HttpVersion.HTTP_1_1); // Feign's client asks
    String[] headers = refusal.headers();
    for (int i = 0; i < headers.length; i += 2) {
      response.addHeader(headers[i], headers[i + 1]);
    }
    response.addHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(refusal.body().length));
  }

  static boolean hasBody(String method) {
    return !"HEAD".equals(method);
  }

  static @Nullable ContentType contentType(HttpResponse response) {
    Header type = response.getFirstHeader(HttpHeaders.CONTENT_TYPE);
    return type == null ? null : ContentType.parseLenient(type.getValue());
  }
}

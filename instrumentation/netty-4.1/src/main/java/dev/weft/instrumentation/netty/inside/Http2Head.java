package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Incoming;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of a request of HTTP/2 as Netty has read it. */
final class Http2Head implements Incoming {
  private final String method;
  private final String path;
  private final @Nullable String authority;
  private final Http2Headers headers;
  private final @Nullable InetAddress source;

  Http2Head(Http2Headers headers, @Nullable InetAddress source) {
    this.method = text(headers.method());
    this.path = text(headers.path());
    CharSequence said = headers.authority();
    this.authority = said == null ? null : said.toString();
    this.headers = headers;
    this.source = source;
  }

  private static String text(@Nullable CharSequence value) {
    return value == null ? "" : value.toString();
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String target() {
    int query = path.indexOf('?');
    return query < 0 ? path : path.substring(0, query);
  }

  @Override
  public @Nullable String query() {
    int query = path.indexOf('?');
    return query < 0 ? null : path.substring(query + 1);
  }

  @Override
  public @Nullable String authority() {
    return authority;
  }

  /** gRPC's own headers want names of this type. */
  @Override
  public List<String> header(String name) {
    List<CharSequence> values = headers.getAll(AsciiString.of(name));
    if (values.isEmpty()) {
      return Collections.emptyList();
    }
    List<String> texts = new ArrayList<>(values.size());
    for (CharSequence value : values) {
      texts.add(value.toString());
    }
    return texts;
  }

  @Override
  public @Nullable InetAddress source() {
    return source;
  }
}

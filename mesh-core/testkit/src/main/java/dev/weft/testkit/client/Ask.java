package dev.weft.testkit.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request, for an adapter's test to send with its library. */
public final class Ask {
  private final String method;
  private final String url;
  private final List<String[]> headers = new ArrayList<>();
  private byte @Nullable [] body;
  private boolean streamed;
  private boolean http2;
  private @Nullable Duration timeout;
  private @Nullable Duration connectTimeout;

  private Ask(String method, String url) {
    this.method = method;
    this.url = url;
  }

  public static Ask get(String url) {
    return new Ask("GET", url);
  }

  public static Ask of(String method, String url) {
    return new Ask(method, url);
  }

  /** A POST whose body the library has whole. */
  public static Ask post(String url, byte[] body) {
    Ask ask = new Ask("POST", url);
    ask.body = body;
    return ask;
  }

  /** A body that the library is given piece by piece, once. */
  public Ask streamed() {
    streamed = true;
    return this;
  }

  public Ask body(byte[] bytes) {
    body = bytes;
    return this;
  }

  public Ask header(String name, String value) {
    headers.add(new String[] {name, value});
    return this;
  }

  /** Offers HTTP/2. */
  public Ask http2() {
    http2 = true;
    return this;
  }

  /** The library's own timeout, for the whole call. */
  public Ask timeout(Duration most) {
    timeout = most;
    return this;
  }

  /** The library's own timeout for connecting. */
  public Ask connectTimeout(Duration most) {
    connectTimeout = most;
    return this;
  }

  public String method() {
    return method;
  }

  public String url() {
    return url;
  }

  public List<String[]> headers() {
    return headers;
  }

  public byte @Nullable [] body() {
    return body;
  }

  public boolean isStreamed() {
    return streamed;
  }

  public boolean isHttp2() {
    return http2;
  }

  public @Nullable Duration timeout() {
    return timeout;
  }

  public @Nullable Duration connectTimeout() {
    return connectTimeout;
  }
}

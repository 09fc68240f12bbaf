package dev.weft.testkit.server;

import dev.weft.testkit.Http1;
import dev.weft.testkit.Http2;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One connection that asks for one thing after the other, over any {@link Wire}. */
public final class Caller implements Closeable {
  private final Http1 connection;
  private final @Nullable Http2 streams;
  private int stream = -1;

  private Caller(Http1 connection, @Nullable Http2 streams) {
    this.connection = connection;
    this.streams = streams;
  }

  /** Connects as this service, whose name only mesh TLS can show. */
  public static Caller open(Wire wire, int port, String service) throws IOException {
    if (!wire.tls()) {
      return over(wire, Http1.plain(port));
    }
    return over(wire, wire.http2() ? Http1.tls(port, service, "h2") : Http1.tls(port, service));
  }

  /** On a connection that speaks TLS already where the wire does. */
  static Caller over(Wire wire, Http1 connection) throws IOException {
    return new Caller(
        connection, wire.http2() ? Http2.over(connection).grant(Integer.MAX_VALUE) : null);
  }

  /** The body of the answer to a GET; names and values of header fields in turn. */
  public String get(String target, String... headers) throws IOException {
    return begin(target, headers).finish();
  }

  /** Sends a GET. */
  public Caller begin(String target, String... headers) throws IOException {
    Http2 h2 = streams;
    if (h2 != null) {
      stream += 2;
      String[] lower = headers.clone();
      for (int i = 0; i < lower.length; i += 2) {
        lower[i] = lower[i].toLowerCase(Locale.ROOT);
      }
      h2.get(stream, "http", target, lower);
      return this;
    }
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: orders\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    connection.send(head.append("\r\n").toString());
    return this;
  }

  /** The body of the answer to what was sent last. */
  public String finish() throws IOException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** As {@link #finish}, undecoded. */
  public byte[] bytes() throws IOException {
    Http2 h2 = streams;
    return h2 == null ? connection.read().body() : h2.bytes(stream);
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}

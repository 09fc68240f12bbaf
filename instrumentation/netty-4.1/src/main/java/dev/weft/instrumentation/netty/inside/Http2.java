package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Reserved;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection of HTTP/2, between its codec and the application. Used on the
 * channel's event loop.
 */
final class Http2 extends Http2ConnectionAdapter {
  /**
   * So many refused requests may be reset by a client that takes no answers, which would pile up
   * otherwise. Of one that does, a refused request is over with its answer; gRPC's clients then
   * reset what they have not sent.
   */
  private static final int MOST_RESETS = 200;

  private static final AsciiString HTTP = AsciiString.of("http");
  private static final AsciiString CALLER = AsciiString.of(Reserved.CLIENT_CERTIFICATE);

  /** What is kept of a stream. */
  private static final class Request {
    /** Null if it was refused. */
    private final @Nullable Exchange exchange;

    private int status;

    Request(@Nullable Exchange exchange) {
      this.exchange = exchange;
    }
  }

  private final Served served;
  private final Http2Connection connection;
  private final Http2Connection.PropertyKey key;
  private boolean goneAway;
  private int resets;

  private Http2(Served served, Http2Connection connection) {
    this.served = served;
    this.connection = connection;
    this.key = connection.newKey();
  }

  /** That of a connection; several of those that listen to its frames share it. */
  static Http2 of(Served served, Http2Connection connection) {
    Http2 known = (Http2) served.http2;
    if (known == null || known.connection != connection) {
      known = new Http2(served, connection);
      served.http2 = known;
      connection.addListener(known);
    }
    return known;
  }

  // ---- what has been read

  /**
   * The headers of a request, or its trailers.
   *
   * @return whether the application is to see them
   */
  boolean headers(ChannelHandlerContext codec, int id, Http2Headers headers) throws Http2Exception {
    Http2Stream stream = connection.stream(id);
    if (stream == null) {
      return false; // closed meanwhile: nobody is to be asked about it any more
    }
    Request known = stream.getProperty(key);
    if (known != null) {
      trailers(id, headers);
      return known.exchange != null;
    }
    if (id == 1) {
      Exchange upgrade = Http1.takeUpgrade(served);
      if (upgrade != null) {
        stream.setProperty(key, new Request(upgrade)); // asked about when it was HTTP/1.1
        return true;
      }
    }
    return begin(codec, stream, headers);
  }

  /** A second head would be a second request, to some applications (RFC 9113, 8.1). */
  private static void trailers(int id, Http2Headers headers) throws Http2Exception {
    if (headers.method() != null
        || headers.path() != null
        || headers.authority() != null
        || headers.scheme() != null) {
      throw Http2Exception.streamError(
          id, Http2Error.PROTOCOL_ERROR, "trailers with pseudo-header fields");
    }
    for (AsciiString name : reserved(headers)) {
      headers.remove(name);
    }
  }

  private boolean begin(ChannelHandlerContext codec, Http2Stream stream, Http2Headers headers) {
    boolean grpc = Http2Answer.grpc(headers);
    Http2Head shown = new Http2Head(headers, served.source());
    Exchange exchange = served.listener().begin(served.session(), shown);
    try {
      show(exchange, headers);
    } catch (Throwable t) {
      Bridge.fault(t);
      exchange.end(0);
      exchange = Exchange.undecided();
    }
    Refusal refusal = exchange.refusal();
    stream.setProperty(key, new Request(refusal == null ? exchange : null));
    if (!goneAway && served.listener().draining()) {
      goneAway = true;
      handler(codec)
          .goAway(
              codec,
              Integer.MAX_VALUE, // whatever is on its way is answered
              Http2Error.NO_ERROR.code(),
              Unpooled.EMPTY_BUFFER,
              codec.newPromise());
    }
    if (refusal != null) {
      boolean withoutBody = shown.method().equals("HEAD");
      Http2Answer.write(handler(codec).encoder(), codec, stream.id(), refusal, grpc, withoutBody);
    }
    return refusal == null;
  }

  private static Http2ConnectionHandler handler(ChannelHandlerContext codec) {
    return (Http2ConnectionHandler) codec.handler();
  }

  /** Makes of the request what the application is to see. */
  private void show(Exchange exchange, Http2Headers headers) {
    for (AsciiString name : reserved(headers)) {
      headers.remove(name);
    }
    CharSequence scheme = headers.scheme();
    if (served.session() != null && scheme != null && !HTTP.contentEquals(scheme)) {
      plaintext(headers);
    }
    String caller = exchange.clientCertificate();
    if (caller != null) {
      headers.add(CALLER, AsciiString.of(caller));
    }
  }

  /** The names of fields that only the mesh may set. gRPC takes none that are of another type. */
  private static List<AsciiString> reserved(Http2Headers headers) {
    List<AsciiString> names = new ArrayList<>(0);
    try {
      for (Map.Entry<CharSequence, CharSequence> each : headers) {
        if (Reserved.is(each.getKey().toString())) {
          names.add(AsciiString.of(each.getKey()));
        }
      }
    } catch (UnsupportedOperationException e) {
      addPrinted(headers.toString(), names);
      names.add(CALLER);
    }
    return names;
  }

  /**
   * gRPC's before 1.60 or so can be asked for fields by name, and printed as {@code [name: value,
   * …]}, nothing else. What is found in a value as well is the name of no field, or of one that is
   * to go.
   */
  private static void addPrinted(String fields, List<AsciiString> names) {
    for (int at = fields.indexOf(Reserved.PREFIX);
        at >= 0;
        at = fields.indexOf(Reserved.PREFIX, at + 1)) {
      int colon = fields.indexOf(": ", at);
      if (colon >= 0) {
        names.add(AsciiString.of(fields.substring(at, colon)));
      }
    }
  }

  /** A client that knows of the TLS under it may say so; the application is not to know. */
  private static void plaintext(Http2Headers headers) {
    try {
      headers.scheme(HTTP);
    } catch (UnsupportedOperationException e) {
      // gRPC's own, whose applications are not shown it.
    }
  }

  /** Whether the application has never seen the request of this stream. */
  boolean refused(int id) {
    Http2Stream stream = connection.stream(id);
    Request known = stream == null ? null : stream.<Request>getProperty(key);
    return known != null && known.exchange == null;
  }

  /** A refused request was given up by its client. */
  void reset(Channel channel) {
    resets = channel.isWritable() ? 0 : resets + 1;
    if (resets > MOST_RESETS) {
      channel.unsafe().close(channel.unsafe().voidPromise());
    }
  }

  /** The loop works for the request of this stream, until {@link Served#leave}. */
  void enter(int id) {
    Http2Stream stream = connection.stream(id);
    Request known = stream == null ? null : stream.<Request>getProperty(key);
    if (known != null && known.exchange != null) {
      served.enter(known.exchange);
    }
  }

  // ---- what is written

  /** Headers are about to be written, or trailers. */
  void writing(int id, Http2Headers headers) {
    Http2Stream stream = connection.stream(id);
    if (stream == null) {
      return;
    }
    Request known = stream.getProperty(key);
    if (known == null && id == 1) {
      Exchange upgrade = Http1.takeUpgrade(served);
      if (upgrade != null) {
        known = new Request(upgrade);
        stream.setProperty(key, known);
      }
    }
    if (known != null && known.status == 0) {
      int status = status(headers);
      known.status = status < 200 ? 0 : status;
    }
  }

  /** gRPC's own headers can only be walked through. */
  private static int status(Http2Headers headers) {
    for (Map.Entry<CharSequence, CharSequence> each : headers) {
      if (Http2Headers.PseudoHeaderName.STATUS.value().contentEquals(each.getKey())) {
        return AsciiString.of(each.getValue()).parseInt();
      }
    }
    return 0;
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    Request known = stream.getProperty(key);
    if (known != null && known.exchange != null) {
      known.exchange.end(known.status);
    }
  }
}

package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How a request of HTTP/2 is refused: in the words of gRPC if it is one of those. */
final class Http2Answer {
  private static final AsciiString CONTENT_TYPE = AsciiString.of("content-type");
  private static final AsciiString GRPC = AsciiString.of("application/grpc");

  private Http2Answer() {}

  /** To be asked while the request's headers are there. */
  static boolean grpc(Http2Headers request) {
    CharSequence type = request.get(CONTENT_TYPE);
    return type != null && AsciiString.of(type).toLowerCase().startsWith(GRPC);
  }

  static void write(
      Http2ConnectionEncoder encoder,
      ChannelHandlerContext context,
      int stream,
      Refusal refusal,
      boolean grpc,
      boolean withoutBody) {
    Http2Headers headers = new DefaultHttp2Headers(false);
    if (grpc) {
      headers.status("200").add(CONTENT_TYPE, GRPC);
      headers.add("grpc-status", String.valueOf(status(refusal.status())));
      headers.add("grpc-message", escaped(refusal.summary()));
      encoder.writeHeaders(context, stream, headers, 0, true, context.newPromise());
      return;
    }
    byte[] body = refusal.body();
    headers.status(String.valueOf(refusal.status()));
    String[] fields = refusal.headers();
    for (int i = 0; i < fields.length; i += 2) {
      headers.add(fields[i].toLowerCase(Locale.ROOT), fields[i + 1]);
    }
    headers.add("content-length", String.valueOf(body.length));
    boolean last = withoutBody || body.length == 0;
    encoder.writeHeaders(context, stream, headers, 0, last, context.newPromise());
    if (!last) {
      encoder.writeData(
          context, stream, Unpooled.wrappedBuffer(body), 0, true, context.newPromise());
    }
  }

  /**
   * As gRPC's own libraries read statuses of HTTP (doc/http-grpc-status-mapping.md), but for 429,
   * which they take for a server that is away, and 504.
   */
  private static int status(int http) {
    switch (http) {
      case 400:
        return 13; // INTERNAL
      case 401:
        return 16; // UNAUTHENTICATED
      case 403:
        return 7; // PERMISSION_DENIED
      case 404:
        return 12; // UNIMPLEMENTED
      case 429:
        return 8; // RESOURCE_EXHAUSTED
      case 502:
      case 503:
        return 14; // UNAVAILABLE
      case 504:
        return 4; // DEADLINE_EXCEEDED
      default:
        return 2; // UNKNOWN
    }
  }

  /** Percent-encoded, but for printable ASCII (gRPC over HTTP/2, "Status-Message"). */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      if (each >= ' ' && each <= '~' && each != '%') {
        escaped.append((char) each);
      } else {
        escaped.append('%');
        escaped.append(Character.toUpperCase(Character.forDigit(each >> 4 & 15, 16)));
        escaped.append(Character.toUpperCase(Character.forDigit(each & 15, 16)));
      }
    }
    return escaped.toString();
  }
}

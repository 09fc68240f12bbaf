package dev.weft.instrumentation.netty.inside;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import java.util.Map;
import java.util.Set;

/**
 * What a pipeline understands, by the handlers that stand in it before its first byte. By the names
 * of their classes and superclasses: many are not public, and their jars may not be there.
 */
final class Speaks {
  /** HTTP/2 by its preface, and nothing else. */
  private static final Set<String> HTTP_2 =
      Set.of("io.netty.handler.codec.http2.Http2ConnectionHandler");

  /** HTTP/1.1, and HTTP/2 by its preface. */
  private static final Set<String> BOTH =
      Set.of(
          "io.netty.handler.codec.http2.CleartextHttp2ServerUpgradeHandler",
          "io.vertx.core.http.impl.Http1xOrH2CHandler",
          "io.vertx.core.http.impl.http1x.Http1xOrH2CHandler",
          "io.vertx.core.http.impl.tcp.Http1xOrH2CHandler",
          "com.linecorp.armeria.server.HttpServerPipelineConfigurator$Http2PrefaceOrHttpHandler",
          "com.linecorp.armeria.server.HttpServerPipelineConfigurator"
              + "$ProxiedHttp2PrefaceOrHttpHandler");

  private static final Set<String> HTTP_1 =
      Set.of(
          "io.netty.handler.codec.http.HttpObjectDecoder",
          "io.netty.handler.codec.http.HttpServerCodec",
          "com.linecorp.armeria.server.HttpServerCodec");

  /** Its header is before the request, and the application's. */
  private static final Set<String> PROXY =
      Set.of("io.netty.handler.codec.haproxy.HAProxyMessageDecoder");

  /** As long as methods may be that are looked for in first bytes. */
  private static final int LONGEST_METHOD = 32;

  private static final Set<String> OWN_TLS =
      Set.of(
          "io.netty.handler.ssl.SslHandler",
          "io.netty.handler.ssl.SslClientHelloHandler",
          "io.netty.handler.ssl.AbstractSniHandler");

  /** In the order of preference. */
  private static final String[] ALPN_1 = {"http/1.1"};

  private static final String[] ALPN_2 = {"h2"};
  private static final String[] ALPN_BOTH = {"h2", "http/1.1"};

  private static final int SETTINGS = 4;
  private static final int GOAWAY = 7;

  private Speaks() {}

  /** The protocols to offer inside of mesh TLS, in order of preference. */
  static String[] alpn(ChannelPipeline pipeline) {
    if (has(pipeline, BOTH)) {
      return ALPN_BOTH;
    }
    boolean two = has(pipeline, HTTP_2);
    return !two ? ALPN_1 : has(pipeline, HTTP_1) ? ALPN_BOTH : ALPN_2;
  }

  /** Whether requests will be seen by the codecs. */
  static boolean http(ChannelPipeline pipeline) {
    return has(pipeline, HTTP_1) || has(pipeline, BOTH) || has(pipeline, HTTP_2);
  }

  /**
   * Whether requests will be seen by the codecs, if they are what begins with these bytes: a
   * pipeline may have a codec of HTTP, and before it somebody who takes what is none.
   */
  static boolean http(ChannelPipeline pipeline, ByteBuf first) {
    return http(pipeline) && (method(first) || has(pipeline, PROXY));
  }

  /** Whether these may be the first bytes of a request line, or of the preface of HTTP/2. */
  private static boolean method(ByteBuf first) {
    int at = first.readerIndex();
    int end = first.writerIndex();
    while (at < end && (first.getByte(at) == '\r' || first.getByte(at) == '\n')) {
      at++; // as servers are to do (RFC 9112, 2.2)
    }
    for (int i = at; i < Math.min(end, at + LONGEST_METHOD); i++) {
      int c = first.getByte(i);
      if (c == ' ') {
        return i > at;
      }
      if (c <= ' ' || c >= 0x7f || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
        return false;
      }
    }
    return end - at < LONGEST_METHOD;
  }

  /** Whether it takes nothing but a TLS of the application's own. */
  static boolean ownTls(ChannelPipeline pipeline) {
    return has(pipeline, OWN_TLS);
  }

  private static boolean has(ChannelPipeline pipeline, Set<String> names) {
    for (Map.Entry<String, ChannelHandler> each : pipeline) {
      for (Class<?> type = each.getValue().getClass();
          type != null && type != Object.class;
          type = type.getSuperclass()) {
        if (names.contains(type.getName())) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Whether this is how a server of HTTP/2 begins, with SETTINGS (RFC 9113, 3.4): it waits for a
   * client that speaks.
   */
  static boolean settings(Object message) {
    return ofConnection(message, SETTINGS);
  }

  /** Whether this is how HTTP/2 ends, with GOAWAY. */
  static boolean goAway(Object message) {
    return ofConnection(message, GOAWAY);
  }

  /** Whether these bytes begin with a frame of stream 0, of this type. */
  private static boolean ofConnection(Object message, int type) {
    if (!(message instanceof ByteBuf)) {
      return false;
    }
    ByteBuf bytes = (ByteBuf) message;
    int at = bytes.readerIndex();
    return bytes.readableBytes() >= 9 && bytes.getByte(at + 3) == type && bytes.getInt(at + 5) == 0;
  }
}

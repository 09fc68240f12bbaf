package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;

/** What the advice of the codec of HTTP/2 calls. */
public final class Http2Hooks {
  private Http2Hooks() {}

  /** Who is to hear of a connection's frames: ours before theirs, on a server. */
  public static Http2FrameListener listener(
      Http2Connection connection, Http2FrameListener listener) {
    return connection.isServer() && !(listener instanceof Http2Requests)
        ? new Http2Requests(connection, listener)
        : listener;
  }

  /** Headers are about to be written. Never throws. */
  public static void writing(
      Http2Connection connection, ChannelHandlerContext codec, int stream, Http2Headers headers) {
    if (!connection.isServer()) {
      return;
    }
    Served served = Served.of(codec.channel());
    if (served != null) {
      try {
        Http2.of(served, connection).writing(stream, headers);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
  }
}

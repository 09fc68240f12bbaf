package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import org.jspecify.annotations.Nullable;

/**
 * Hears of the frames of a connection before the one who was to hear of them, and keeps back what
 * belongs to requests that were refused.
 */
final class Http2Requests implements Http2FrameListener {
  private final Http2Connection connection;
  private final Http2FrameListener next;

  Http2Requests(Http2Connection connection, Http2FrameListener next) {
    this.connection = connection;
    this.next = next;
  }

  /** Null if nobody is to be asked about this connection's requests. */
  private @Nullable Http2 http2(ChannelHandlerContext codec) {
    Served served = Served.of(codec.channel());
    return served == null ? null : Http2.of(served, connection);
  }

  /** Whether the application is to see the headers. */
  private static boolean shown(
      @Nullable Http2 http2, ChannelHandlerContext codec, int stream, Http2Headers headers)
      throws Http2Exception {
    if (http2 == null) {
      return true;
    }
    try {
      if (!http2.headers(codec, stream, headers)) {
        return false;
      }
      http2.enter(stream);
      return true;
    } catch (Http2Exception e) {
      throw e; // the client's doing
    } catch (Throwable t) {
      Bridge.fault(t);
      // Nobody has been asked about it, or it could not be told.
      throw Http2Exception.streamError(stream, Http2Error.INTERNAL_ERROR, "weft");
    }
  }

  private static void leave(ChannelHandlerContext codec) {
    Served served = Served.of(codec.channel());
    if (served != null) {
      served.leave();
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext codec, int stream, Http2Headers headers, int padding, boolean end)
      throws Http2Exception {
    if (shown(http2(codec), codec, stream, headers)) {
      try {
        next.onHeadersRead(codec, stream, headers, padding, end);
      } finally {
        leave(codec);
      }
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext codec,
      int stream,
      Http2Headers headers,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean end)
      throws Http2Exception {
    if (shown(http2(codec), codec, stream, headers)) {
      try {
        next.onHeadersRead(codec, stream, headers, dependency, weight, exclusive, padding, end);
      } finally {
        leave(codec);
      }
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext codec, int stream, ByteBuf data, int padding, boolean end)
      throws Http2Exception {
    Http2 http2 = http2(codec);
    if (http2 == null) {
      return next.onDataRead(codec, stream, data, padding, end);
    }
    if (http2.refused(stream)) {
      return data.readableBytes() + padding; // read, as far as both windows are concerned
    }
    http2.enter(stream);
    try {
      return next.onDataRead(codec, stream, data, padding, end);
    } finally {
      leave(codec);
    }
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext codec, int stream, long error)
      throws Http2Exception {
    Http2 http2 = http2(codec);
    if (http2 != null && http2.refused(stream)) {
      http2.reset(codec.channel());
    } else {
      next.onRstStreamRead(codec, stream, error);
    }
  }

  @Override
  public void onPriorityRead(
      ChannelHandlerContext codec, int stream, int dependency, short weight, boolean exclusive)
      throws Http2Exception {
    next.onPriorityRead(codec, stream, dependency, weight, exclusive);
  }

  @Override
  public void onSettingsAckRead(ChannelHandlerContext codec) throws Http2Exception {
    next.onSettingsAckRead(codec);
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext codec, Http2Settings settings)
      throws Http2Exception {
    next.onSettingsRead(codec, settings);
  }

  @Override
  public void onPingRead(ChannelHandlerContext codec, long data) throws Http2Exception {
    next.onPingRead(codec, data);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext codec, long data) throws Http2Exception {
    next.onPingAckRead(codec, data);
  }

  @Override
  public void onPushPromiseRead(
      ChannelHandlerContext codec, int stream, int promised, Http2Headers headers, int padding)
      throws Http2Exception {
    next.onPushPromiseRead(codec, stream, promised, headers, padding);
  }

  @Override
  public void onGoAwayRead(ChannelHandlerContext codec, int last, long error, ByteBuf debug)
      throws Http2Exception {
    next.onGoAwayRead(codec, last, error, debug);
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext codec, int stream, int increment)
      throws Http2Exception {
    next.onWindowUpdateRead(codec, stream, increment);
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext codec, byte type, int stream, Http2Flags flags, ByteBuf payload)
      throws Http2Exception {
    next.onUnknownFrame(codec, type, stream, flags, payload);
  }
}

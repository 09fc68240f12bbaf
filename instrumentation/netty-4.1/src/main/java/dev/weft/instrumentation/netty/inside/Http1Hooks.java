package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/** What the advice of the codecs of HTTP/1.1 calls. None throws. */
public final class Http1Hooks {
  private Http1Hooks() {}

  /**
   * A decoder may have put something out.
   *
   * @param from how much was there before
   */
  public static void decoded(ChannelHandlerContext codec, List<Object> out, int from) {
    if (out.size() <= from) {
      return;
    }
    Served served = Served.of(codec.channel());
    if (served != null) {
      try {
        Http1.of(served, codec).decoded(codec, out, from);
      } catch (Throwable t) {
        // Nobody has been asked about it.
        while (out.size() > from) {
          ReferenceCountUtil.release(out.remove(out.size() - 1));
        }
        Bridge.fault(t);
        codec.channel().close();
      }
    }
  }

  /** An encoder is about to write something. */
  public static void encoding(ChannelHandlerContext codec, Object message) {
    Served served = Served.of(codec.channel());
    if (served != null && served.http1 != null) {
      try {
        Http1.of(served, codec).encoding(codec, message);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
  }
}

package dev.weft.proxy.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLEngine;

/** Mesh TLS that others begin, and that tells how much it holds for them. */
final class MeshTls extends SslHandler {
  private static final int HANDSHAKE_MILLIS = 5_000;

  private final LongConsumer holds;
  private boolean shaken;

  /**
   * @param holds told how many bytes of memory are held
   */
  MeshTls(SSLEngine engine, LongConsumer holds) {
    super(engine);
    this.holds = holds;
    setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
    // Else what has been read stays in the buffer of a fast sender, which grows to megabytes.
    setDiscardAfterReads(1);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    super.handlerAdded(ctx);
    handshakeFuture()
        .addListener(
            done -> {
              shaken = true;
              tell();
            });
    tell();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    super.channelReadComplete(ctx);
    tell();
  }

  private void tell() {
    long records = internalBuffer().capacity();
    holds.accept(shaken ? records : Capacity.HANDSHAKE + records);
  }
}

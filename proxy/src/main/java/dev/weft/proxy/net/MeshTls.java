package dev.weft.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Mesh TLS that tells how much it holds for a peer, and ends where the peer sends records that
 * bring nothing: requests for new keys keep an event loop busy, of which everybody has need.
 */
final class MeshTls extends SslHandler {
  private static final int HANDSHAKE_MILLIS = 5_000;

  /** Records beyond those that brought something; a handshake has some five. */
  private static final int MOST_EMPTY = 64;

  private final LongConsumer holds;
  private boolean shaken;
  private boolean brought;
  private int empty;

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

  /** To stand right after this in the pipeline: sees whether a record has brought something. */
  ChannelHandler witness() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object bytes) {
        brought = true;
        ctx.fireChannelRead(bytes);
      }
    };
  }

  /** Takes one record, if all of it is there. */
  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws SSLException {
    int before = in.readableBytes();
    brought = false;
    super.decode(ctx, in, out);
    if (brought) {
      empty = Math.max(0, empty - 1);
    } else if (in.readableBytes() < before && ++empty > MOST_EMPTY) {
      throw new SSLException("TLS records again and again that bring nothing");
    }
  }

  private void tell() {
    long records = internalBuffer().capacity();
    holds.accept(shaken ? records : Capacity.HANDSHAKE + records);
  }
}

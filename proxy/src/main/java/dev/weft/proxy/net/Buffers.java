package dev.weft.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.RecvByteBufAllocator;

/** What buffers hold, and that they hold no more than they must. */
final class Buffers {
  /** Less than this is not worth a copy. */
  private static final int SPARE = 512;

  private Buffers() {}

  /**
   * What is left to be read, in a buffer of about that size: a connection that waits for more must
   * not hold what was room for much to come, or has been used up.
   *
   * @param buffer is given away
   */
  static ByteBuf rest(ByteBuf buffer) {
    int left = buffer.readableBytes();
    if (left > 0 && buffer.capacity() <= 2 * left + SPARE) {
      return buffer;
    }
    ByteBuf rest =
        left == 0
            ? Unpooled.EMPTY_BUFFER
            : buffer.alloc().buffer(left).writeBytes(buffer, buffer.readerIndex(), left);
    buffer.release();
    return rest;
  }

  /** How much is read at a time: what the last reads would have needed. */
  static RecvByteBufAllocator reads() {
    return new AdaptiveRecvByteBufAllocator(64, 2_048, Capacity.READ);
  }

  /** Bytes that wait for the other side to take them. */
  static long unsent(Channel channel) {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    return waiting == null ? 0 : waiting.totalPendingWriteBytes();
  }
}

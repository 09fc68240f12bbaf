package dev.weft.coordinator.mesh;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before TLS and counts the small records that come: each costs the event loop a decryption,
 * a request for new keys far more, and budgets count frames. Whoever sends records that carry
 * nothing is hung up on.
 */
final class TlsRecords extends ChannelInboundHandlerAdapter {
  /**
   * Small records beyond what frames account for: a handshake has some five, and agents send a
   * frame in one or two.
   */
  private static final int MOST_SURPLUS = 64;

  private static final int SMALL = 1024;

  private static final Logger log = LoggerFactory.getLogger(TlsRecords.class);

  private static final int RECORDS_A_FRAME = 2;

  private static final int HEADER = 5;

  private int surplus;
  private int headerRead;
  private int length;
  private int left;

  @Override
  public void channelRead(ChannelHandlerContext context, Object bytes) {
    if (bytes instanceof ByteBuf some) {
      count(some);
    }
    context.fireChannelRead(bytes); // by the end of which their frames have come out
    if (surplus > MOST_SURPLUS) {
      log.debug("{} sends TLS records that carry nothing", context.channel().remoteAddress());
      context.close();
    }
  }

  /** A frame has come of it. */
  void carriedAFrame() {
    surplus = Math.max(0, surplus - RECORDS_A_FRAME);
  }

  private void count(ByteBuf bytes) {
    int at = bytes.readerIndex();
    int end = bytes.writerIndex();
    while (at < end) {
      if (left > 0) {
        int skipped = Math.min(left, end - at);
        left -= skipped;
        at += skipped;
      } else {
        // Its last two bytes are the length of the rest.
        length = (length << 8 | bytes.getUnsignedByte(at++)) & 0xffff;
        if (++headerRead == HEADER) {
          headerRead = 0;
          left = length;
          if (length < SMALL) {
            surplus++;
          }
        }
      }
    }
  }
}

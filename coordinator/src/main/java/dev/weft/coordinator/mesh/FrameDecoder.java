package dev.weft.coordinator.mesh;

import dev.weft.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into payloads; a length that is not allowed is an error at once. Who begins a
 * long frame has its length of the memory that all have for such; whoever has not got it, has not
 * begun it.
 */
final class FrameDecoder extends ByteToMessageDecoder {
  /** What is refused with a word. */
  static final class TooMuch extends DecoderException {
    private static final long serialVersionUID = 1L;

    TooMuch(String message) {
      super(message);
    }
  }

  /** Enough for a {@code join}; who has no certificate yet gets no more memory than that. */
  private static final int MAX_UNIDENTIFIED = 16 << 10;

  /** Any stream may have so much unfinished; it is about what its TLS takes anyway. */
  static final int FREE = 16 << 10;

  private static final int HEAD = 4;

  private final TlsRecords records;
  private Quota.@Nullable Part memory;
  private int length = -1;
  private int taken;

  /**
   * Of one who has no identity yet.
   *
   * @param records that frames come in
   */
  FrameDecoder(TlsRecords records) {
    this.records = records;
  }

  /** From the next frame on it may have more of this memory, which is its identity's. */
  void identified(Quota.Part itsMemory) {
    memory = itsMemory;
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (length < 0) {
      if (in.readableBytes() < HEAD) {
        return;
      }
      begin(in.readInt());
    }
    if (in.readableBytes() >= length) {
      out.add(in.readRetainedSlice(length));
      records.carriedAFrame();
      end();
    }
  }

  private void begin(int announced) {
    int max = memory == null ? MAX_UNIDENTIFIED : Frames.MAX_LENGTH;
    if (announced < 0 || announced > max) { // one that is too short is refused with a word
      throw new DecoderException(
          "frame of " + Integer.toUnsignedLong(announced) + " bytes (expected: 2 to " + max + ")");
    }
    if (memory != null && announced > FREE) {
      if (!memory.tryTake(announced)) {
        throw new TooMuch(
            "frame: " + announced + " bytes, while many are long (expected: at most " + FREE + ")");
      }
      taken = announced;
    }
    length = announced;
  }

  private void end() {
    length = -1;
    if (memory != null && taken > 0) {
      memory.giveBack(taken);
      taken = 0;
    }
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    end();
  }
}

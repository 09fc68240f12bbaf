package dev.weft.coordinator.mesh;

import dev.weft.wire.Frames;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;

/** Cuts the stream into payloads; a length that is not allowed is an error at once. */
final class FrameDecoder extends LengthFieldBasedFrameDecoder {
  /** Enough for a {@code join}; who has no certificate yet gets no more memory than that. */
  private static final int MAX_UNIDENTIFIED = 16 << 10;

  FrameDecoder(boolean identified) {
    super(4 + (identified ? Frames.MAX_LENGTH : MAX_UNIDENTIFIED), 0, 4, 0, 4, true);
  }
}

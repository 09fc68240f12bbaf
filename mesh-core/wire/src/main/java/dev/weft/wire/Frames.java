package dev.weft.wire;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Frames on a blocking stream: a length of four bytes, big-endian, and that many bytes of JSON.
 * With the highest bit of the length set, they are {@link Deflated}; a coordinator writes such to
 * an agent that takes them, and nobody else does.
 */
public final class Frames {
  /** A longer frame closes the connection. */
  public static final int MAX_LENGTH = 1 << 20;

  /** In a frame's length: what follows is {@link Deflated}. */
  public static final int DEFLATED = 1 << 31;

  private Frames() {}

  /**
   * Reads the next frame's payload, deflated or not. Neither form may be longer than {@link
   * #MAX_LENGTH}.
   *
   * @throws EOFException if the peer closed between two frames or within one
   * @throws WireException if a length is not within 2 to {@link #MAX_LENGTH}
   */
  public static byte[] read(DataInputStream in) throws IOException {
    int head = in.readInt();
    boolean deflated = (head & DEFLATED) != 0;
    int length = head & ~DEFLATED;
    check(length);
    byte[] payload = new byte[length];
    in.readFully(payload);
    if (deflated) {
      payload = Deflated.text(payload, MAX_LENGTH);
      check(payload.length);
    }
    return payload;
  }

  private static void check(int length) throws WireException {
    if (length < 2 || length > MAX_LENGTH) {
      throw new WireException("frame of " + length + " bytes (expected: 2 to " + MAX_LENGTH + ")");
    }
  }

  /** Writes one frame in a single {@code write}, and flushes. */
  public static void write(OutputStream out, byte[] payload) throws IOException {
    if (payload.length > MAX_LENGTH) {
      throw new WireException(
          "frame of " + payload.length + " bytes (expected: at most " + MAX_LENGTH + ")");
    }
    out.write(ByteBuffer.allocate(4 + payload.length).putInt(payload.length).put(payload).array());
    out.flush();
  }
}

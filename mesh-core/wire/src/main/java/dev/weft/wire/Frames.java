package dev.weft.wire;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Frames on a blocking stream: a length of four bytes, big-endian, and that many bytes of JSON. */
public final class Frames {
  /** A longer frame closes the connection. */
  public static final int MAX_LENGTH = 1 << 20;

  private Frames() {}

  /**
   * Reads the next frame's payload.
   *
   * @throws EOFException if the peer closed between two frames or within one
   * @throws WireException if the length is not within 2 to {@link #MAX_LENGTH}
   */
  public static byte[] read(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 2 || length > MAX_LENGTH) {
      throw new WireException(
          "frame of "
              + Integer.toUnsignedLong(length)
              + " bytes (expected: 2 to "
              + MAX_LENGTH
              + ")");
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return payload;
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

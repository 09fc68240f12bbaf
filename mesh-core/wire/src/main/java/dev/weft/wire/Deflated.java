package dev.weft.wire;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Text in the form of DEFLATE (RFC 1951, without the header of zlib), made of blocks that stand by
 * themselves: what is the same in many frames is compressed once, and a frame is put together of
 * such blocks and stored ones between them.
 */
public final class Deflated {
  /** The longest text that one stored block holds (RFC 1951, 3.2.4). */
  private static final int MAX_STORED = 0xffff;

  private Deflated() {}

  /** Blocks that hold a text, refer to nothing before them, and are not the last. */
  public static byte[] blocks(byte[] text) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(text);
      ByteArrayOutputStream blocks = new ByteArrayOutputStream(64 + text.length / 8);
      byte[] buffer = new byte[8192];
      int length;
      do {
        length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        blocks.write(buffer, 0, length);
      } while (length == buffer.length);
      return blocks.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /**
   * A block that holds a text as it is.
   *
   * @param text of at most 65,535 bytes
   * @param last whether nothing follows
   */
  public static byte[] stored(byte[] text, boolean last) {
    int length = text.length;
    if (length > MAX_STORED) {
      throw new IllegalArgumentException(
          "text of " + length + " bytes (expected: at most " + MAX_STORED + ")");
    }
    byte[] block = new byte[5 + length];
    block[0] = (byte) (last ? 1 : 0);
    block[1] = (byte) length;
    block[2] = (byte) (length >>> 8);
    block[3] = (byte) ~length;
    block[4] = (byte) (~length >>> 8);
    System.arraycopy(text, 0, block, 5, length);
    return block;
  }

  /**
   * The text of blocks, of which the last is marked so.
   *
   * @throws WireException if it is longer than {@code max} bytes, or they are no such blocks
   */
  static byte[] text(byte[] blocks, int max) throws WireException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(blocks);
      // One more than is allowed: what is longer is seen, and what is not finds its end.
      byte[] text = new byte[(int) Math.min(max + 1L, 64 + 8L * blocks.length)];
      int length = 0;
      while (true) {
        int more = inflater.inflate(text, length, text.length - length);
        length += more;
        if (length > max) {
          throw new WireException(
              "deflated frame of more than " + max + " bytes (expected: no more)");
        }
        if (inflater.finished()) {
          break;
        }
        if (length == text.length) {
          text = Arrays.copyOf(text, (int) Math.min(max + 1L, 2L * length));
        } else if (more == 0) {
          throw new WireException("deflated frame without an end (expected: a last block)");
        }
      }
      if (inflater.getRemaining() > 0) {
        throw new WireException(
            "deflated frame with "
                + inflater.getRemaining()
                + " bytes after its end (expected: none)");
      }
      return Arrays.copyOf(text, length);
    } catch (DataFormatException e) {
      throw new WireException("deflated frame: " + e.getMessage() + " (expected: RFC 1951)");
    } finally {
      inflater.end();
    }
  }
}

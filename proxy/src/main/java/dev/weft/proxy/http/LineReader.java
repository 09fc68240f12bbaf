package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Takes lines out of a buffer, as they become complete. A line ends with CR LF, and with nothing
 * else: a CR or an LF alone is where two readers begin to disagree.
 */
final class LineReader {
  /** How much of the unfinished line has been looked at. */
  private int seen;

  /**
   * The next line without its end; null if it is not complete yet.
   *
   * @param in its readable bytes; a whole line is taken away
   * @param limit longest line, CR LF included
   * @param status of a line that is longer
   * @param what of, for the error
   */
  @Nullable String next(ByteBuf in, int limit, int status, String what) throws BadMessage {
    int start = in.readerIndex();
    int available = in.readableBytes();
    int end = in.indexOf(start + seen, start + available, (byte) '\n');
    if (end < 0) {
      seen = available;
      if (available >= limit) {
        throw tooLong(status, what, limit);
      }
      return null;
    }
    seen = 0;
    int length = end - start + 1;
    if (length > limit) {
      throw tooLong(status, what, limit);
    }
    if (length < 2 || in.getByte(end - 1) != '\r') {
      throw BadMessage.of(what + ": a line ends in LF alone (expected: CR LF)");
    }
    int stray = in.indexOf(start, end - 1, (byte) '\r');
    if (stray >= 0) {
      throw BadMessage.of(what + ": a CR without LF (expected: both, at the end of a line)");
    }
    String line = in.toString(start, length - 2, StandardCharsets.ISO_8859_1);
    in.skipBytes(length);
    return line;
  }

  private static BadMessage tooLong(int status, String what, int limit) {
    return new BadMessage(status, what + ": longer than " + limit + " bytes");
  }
}

package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Takes one message's body out of what arrives, free of its transfer coding. */
public final class BodyReader {
  private enum State {
    LENGTH,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    UNTIL_CLOSE,
    DONE
  }

  /** Chunks of less are put together: each piece costs several writes, whatever its size. */
  private static final int SMALL = 4 * 1024;

  private final Limits limits;
  private final LineReader lines = new LineReader();
  private final Fields trailers = new Fields();
  private State state;
  private long left;
  private int trailerBytes;

  /** What is wrong after the last piece; to be said when that has been taken. */
  private @Nullable BadMessage wrong;

  public BodyReader(Framing framing, Limits limits) {
    this.limits = limits;
    this.left = framing.length();
    switch (framing.kind()) {
      case LENGTH:
        state = framing.length() == 0 ? State.DONE : State.LENGTH;
        break;
      case CHUNKED:
        state = State.CHUNK_SIZE;
        break;
      case UNTIL_CLOSE:
        state = State.UNTIL_CLOSE;
        break;
      default:
        state = State.DONE;
    }
  }

  public boolean done() {
    return state == State.DONE;
  }

  /** Whether the end of the connection would end this body as it should. */
  public boolean endsWithConnection() {
    return state == State.UNTIL_CLOSE;
  }

  /** Bytes of memory that are held for trailer fields. */
  public int held() {
    return trailerBytes + Limits.FIELD_COST * trailers.size();
  }

  /** The trailer fields, when {@link #done}; empty if there were none. */
  public Fields trailers() {
    return trailers;
  }

  /**
   * The next piece of the body.
   *
   * @param in its readable bytes; what is understood is taken away
   * @return to be released by the caller; null if there is none in here any more, or {@link #done}
   */
  public @Nullable ByteBuf next(ByteBuf in) throws BadMessage {
    if (wrong != null) {
      throw wrong;
    }
    ByteBuf first = piece(in);
    if (first == null || first.readableBytes() >= SMALL || !in.isReadable()) {
      return first;
    }
    ByteBuf all = null;
    try {
      for (ByteBuf more = piece(in); more != null; more = piece(in)) {
        if (all == null) {
          all =
              in.alloc().buffer(first.readableBytes() + more.readableBytes() + in.readableBytes());
          all.writeBytes(first, first.readerIndex(), first.readableBytes());
        }
        all.writeBytes(more);
        more.release();
      }
    } catch (BadMessage e) {
      wrong = e;
    }
    if (all == null) {
      return first;
    }
    first.release();
    return all;
  }

  private @Nullable ByteBuf piece(ByteBuf in) throws BadMessage {
    for (; ; ) {
      switch (state) {
        case LENGTH:
        case CHUNK_DATA:
          if (!in.isReadable()) {
            return null;
          }
          ByteBuf piece = in.readRetainedSlice((int) Math.min(left, in.readableBytes()));
          left -= piece.readableBytes();
          if (left == 0) {
            state = state == State.LENGTH ? State.DONE : State.CHUNK_END;
          }
          return piece;
        case UNTIL_CLOSE:
          return in.isReadable() ? in.readRetainedSlice(in.readableBytes()) : null;
        case CHUNK_SIZE:
          String size = lines.next(in, limits.chunkLine(), 400, "chunk size");
          if (size == null) {
            return null;
          }
          left = size(size);
          state = left == 0 ? State.TRAILERS : State.CHUNK_DATA;
          break;
        case CHUNK_END:
          String end = lines.next(in, 2, 400, "end of chunk");
          if (end == null) {
            return null;
          }
          state = State.CHUNK_SIZE;
          break;
        case TRAILERS:
          if (!trailer(in)) {
            return null;
          }
          break;
        default:
          return null;
      }
    }
  }

  /** Returns false if there is no complete line yet. */
  private boolean trailer(ByteBuf in) throws BadMessage {
    String line = lines.next(in, limits.trailers() - trailerBytes, 431, "trailer fields");
    if (line == null) {
      return false;
    }
    trailerBytes += line.length() + 2;
    if (line.isEmpty()) {
      state = State.DONE;
      return true;
    }
    if (trailers.size() == limits.fields()) {
      throw new BadMessage(431, "trailer fields: more than " + limits.fields());
    }
    HeadReader.field(line, trailers);
    return true;
  }

  /**
   * Hexadecimal digits, perhaps with extensions. Those are checked and then forgotten: nobody uses
   * them, and servers read them in too many ways.
   */
  private static long size(String line) throws BadMessage {
    long size = 0;
    int at = 0;
    for (; at < line.length(); at++) {
      int digit = Octets.hex(line.charAt(at));
      if (digit < 0) {
        break;
      }
      if (at == 15) {
        throw BadMessage.of("chunk size: more than 15 digits");
      }
      size = 16 * size + digit;
    }
    if (at == 0) {
      throw BadMessage.of("chunk size (expected: hexadecimal digits)");
    }
    String rest = Octets.trim(line.substring(at));
    if ((!rest.isEmpty() && rest.charAt(0) != ';')
        || (rest.isEmpty() && at != line.length())
        || !Octets.isFieldValue(rest)) {
      throw BadMessage.of(
          "chunk size (expected: nothing, or ';' and extensions, after the digits)");
    }
    return size;
  }
}

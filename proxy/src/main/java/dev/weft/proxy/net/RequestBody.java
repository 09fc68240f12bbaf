package dev.weft.proxy.net;

import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.Forwarding;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request on its way to one endpoint after the other. A small one is kept until the
 * response is decided, so that it can be sent again; any other is passed on as it comes, and is not
 * even read before there is somebody to take it.
 */
final class RequestBody {
  private final Crowd crowd;
  private final long kept;
  private final boolean chunked;
  private @Nullable ByteBuf whole;
  private @Nullable Fields trailers;
  private @Nullable ClientConnection receiver;
  private boolean complete;
  private boolean passedOn;
  private boolean over;

  /**
   * @param repeatable whether it has to be kept, and there is {@link Crowd#keep room} for it
   */
  RequestBody(Framing framing, boolean repeatable, Crowd crowd) {
    this.crowd = crowd;
    this.kept = repeatable ? framing.length() : -1;
    this.chunked = framing.kind() == Framing.Kind.CHUNKED;
    this.complete = framing.isEmpty();
  }

  /** Whether all of it has come. */
  boolean complete() {
    return complete;
  }

  /** Whether a piece of it is gone for good: it was passed on, and not kept. */
  boolean passedOn() {
    return passedOn;
  }

  /** Whether the next piece is to be read from the client. */
  boolean wanted() {
    ClientConnection to = receiver;
    return kept >= 0 || over || (to != null && to.writable());
  }

  /** A piece has come; takes it over. */
  void piece(ByteBuf piece) {
    ClientConnection to = receiver;
    if (!over && kept >= 0) {
      keep(piece);
    }
    if (!over && to != null) {
      passedOn |= kept < 0;
      send(to, piece);
      return;
    }
    piece.release();
    if (!over && kept < 0) {
      throw new IllegalStateException("a piece was read that nobody can take");
    }
  }

  /** Copied, for a piece of one byte may have come in a buffer of thousands. */
  private void keep(ByteBuf piece) {
    ByteBuf all = whole;
    if (all == null) {
      all = piece.alloc().buffer((int) kept, (int) kept);
      whole = all;
    }
    all.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
  }

  private void send(ClientConnection to, ByteBuf piece) {
    if (chunked) {
      ByteBufAllocator buffers = to.channel().alloc();
      to.write(HeadWriter.chunkStart(buffers, piece.readableBytes()));
      to.write(piece);
      to.write(HeadWriter.chunkEnd(buffers));
    } else {
      to.write(piece);
    }
  }

  /** The last piece has come. */
  void end(Fields sent) {
    complete = true;
    Forwarding.trailers(sent);
    trailers = sent;
    finish();
  }

  /** From now on, and from its begin, it goes there. */
  void sendTo(ClientConnection to) {
    receiver = to;
    if (whole != null) {
      to.write(whole.retainedDuplicate());
    }
    finish();
  }

  private void finish() {
    Fields last = trailers;
    if (chunked && last != null && receiver != null) {
      receiver.write(HeadWriter.lastChunk(receiver.channel().alloc(), last));
    }
  }

  /** Its receiver is gone, or is not to have any more of it. */
  void stop() {
    receiver = null;
  }

  /** All of it, to be released; null unless it was kept and has come. */
  @Nullable ByteBuf copy() {
    if (kept < 0 || !complete) {
      return null;
    }
    return whole == null ? Unpooled.EMPTY_BUFFER : whole.retainedDuplicate();
  }

  /** Nobody needs it from its begin any more. What still comes goes to its receiver, if any. */
  void decided() {
    if (complete || receiver == null) {
      release();
    }
  }

  /** Nobody needs any of it any more. */
  void release() {
    if (!over && kept >= 0) {
      crowd.forget(kept);
    }
    over = true;
    receiver = null;
    if (whole != null) {
      whole.release();
      whole = null;
    }
  }
}

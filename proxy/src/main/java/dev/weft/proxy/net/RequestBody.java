package dev.weft.proxy.net;

import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.Forwarding;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.HeadWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request on its way to one endpoint after the other. A small one is kept until the
 * response is decided, so that it can be sent again; any other is passed on as it comes, and is not
 * even read before there is somebody to take it.
 */
final class RequestBody {
  private final boolean kept;
  private final boolean chunked;
  private final List<ByteBuf> pieces = new ArrayList<>(1);
  private @Nullable Fields trailers;
  private @Nullable ClientConnection receiver;
  private boolean complete;
  private boolean passedOn;
  private boolean over;

  RequestBody(Framing framing, boolean replayable) {
    this.kept = replayable;
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
    return kept || over || (to != null && to.writable());
  }

  /** A piece has come; takes it over. */
  void piece(ByteBuf piece) {
    if (over) {
      piece.release();
      return;
    }
    ClientConnection to = receiver;
    if (kept) {
      pieces.add(piece);
      if (to != null) {
        to.write(piece.retainedDuplicate());
      }
    } else if (to != null) {
      passedOn = true;
      send(to, piece);
    } else {
      piece.release();
      throw new IllegalStateException("a piece was read that nobody can take");
    }
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
    for (ByteBuf piece : pieces) {
      to.write(piece.retainedDuplicate());
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

  /** A copy of all of it, to be released; null unless it was kept and has come. */
  @Nullable ByteBuf copy() {
    if (!kept || !complete) {
      return null;
    }
    ByteBuf[] all = new ByteBuf[pieces.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = pieces.get(i).retainedDuplicate();
    }
    return Unpooled.wrappedBuffer(all);
  }

  /** Nobody needs it from its begin any more. What still comes goes to its receiver, if any. */
  void decided() {
    if (complete || receiver == null) {
      release();
    }
  }

  /** Nobody needs any of it any more. */
  void release() {
    over = true;
    receiver = null;
    pieces.forEach(ByteBuf::release);
    pieces.clear();
  }
}

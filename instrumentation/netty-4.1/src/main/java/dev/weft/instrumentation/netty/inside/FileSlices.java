package dev.weft.instrumentation.netty.inside;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Sends files over a connection that encrypts, where the transport would have sent them itself: a
 * slice is read when the one before it has gone. What is written meanwhile waits for its turn. Used
 * on the channel's event loop.
 */
final class FileSlices implements ChannelFutureListener {
  private static final int SLICE = 64 * 1024;

  private final MeshTls tls;
  private final ChannelHandlerContext below;
  private final Held held;
  private @Nullable FileRegion file;
  private @Nullable ChannelPromise promise;
  private boolean slicing;

  FileSlices(MeshTls tls, ChannelHandlerContext below) {
    this.tls = tls;
    this.below = below;
    this.held = new Held(below);
  }

  /** Whether there is anything that has yet to be written. */
  boolean busy() {
    return file != null || !held.isEmpty();
  }

  /** Takes what is written, a file or something that comes after one. */
  void write(Object message, ChannelPromise done) {
    held.add(message, done);
  }

  void flush() throws Exception {
    held.flush();
    goOn();
  }

  /** A slice has gone, or never will. */
  @Override
  public void operationComplete(ChannelFuture slice) throws Exception {
    slicing = false;
    if (slice.isSuccess()) {
      goOn();
    } else {
      fail(slice.cause());
    }
  }

  private void goOn() throws Exception {
    while (!slicing) {
      FileRegion current = file;
      ChannelPromise done = promise;
      if (current != null && done != null) {
        slice(current, done);
        continue;
      }
      Object next = held.next();
      if (next == null) {
        break;
      }
      if (next instanceof FileRegion) {
        file = (FileRegion) next;
        promise = held.promise();
      } else {
        tls.write(below, next, held.promise());
      }
    }
    if (slicing || held.takeFlush()) {
      tls.flush(below);
    }
  }

  private void slice(FileRegion region, ChannelPromise done) throws Exception {
    long left = region.count() - region.transferred();
    if (left <= 0) {
      end();
      done.trySuccess();
      return;
    }
    ByteBuf bytes = below.alloc().ioBuffer((int) Math.min(left, SLICE));
    try {
      long read = region.transferTo(new Into(bytes), region.transferred());
      if (read <= 0) {
        throw new EOFException("the file is shorter than was promised, by " + left + " bytes");
      }
    } catch (IOException | RuntimeException e) {
      bytes.release();
      fail(e);
      // Half of a response is none.
      below.close();
      return;
    }
    slicing = true;
    ChannelPromise gone = below.newPromise();
    gone.addListener(this);
    tls.write(below, bytes, gone);
  }

  private void end() {
    FileRegion last = file;
    file = null;
    promise = null;
    ReferenceCountUtil.safeRelease(last);
  }

  /** Nothing more is written. */
  void fail(Throwable cause) {
    ChannelPromise last = promise;
    if (last != null) {
      end();
      last.tryFailure(cause);
    }
    held.fail(cause);
  }

  /** Takes as much as there is room for. */
  private static final class Into implements WritableByteChannel {
    private final ByteBuf bytes;

    Into(ByteBuf bytes) {
      this.bytes = bytes;
    }

    @Override
    public int write(ByteBuffer from) {
      int count = Math.min(from.remaining(), bytes.writableBytes());
      if (count > 0) {
        ByteBuffer some = from.duplicate();
        some.limit(some.position() + count);
        bytes.writeBytes(some);
        from.position(from.position() + count);
      }
      return count;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}

package dev.weft.instrumentation.netty.inside;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written and has to wait, in order, and whether a flush has been asked for
 * meanwhile. It makes the channel unwritable as if it had been written. Used on the channel's event
 * loop.
 */
final class Held {
  private final PendingWriteQueue writes;
  private @Nullable ChannelPromise promise;
  private boolean flush;

  Held(ChannelHandlerContext context) {
    writes = new PendingWriteQueue(context);
  }

  void add(Object message, ChannelPromise promise) {
    writes.add(message, promise);
  }

  void flush() {
    flush = true;
  }

  /** Takes the next one out, which is the caller's then; null if there is none. */
  @Nullable Object next() {
    Object message = writes.current();
    if (message != null) {
      ReferenceCountUtil.retain(message); // the queue releases it
      promise = writes.remove();
    }
    return message;
  }

  /** That of what was taken out last. */
  ChannelPromise promise() {
    ChannelPromise last = promise;
    if (last == null) {
      throw new IllegalStateException("nothing has been taken out");
    }
    return last;
  }

  boolean isEmpty() {
    return writes.isEmpty();
  }

  /** Whether a flush has been asked for since this was last asked. */
  boolean takeFlush() {
    boolean asked = flush;
    flush = false;
    return asked;
  }

  void fail(Throwable cause) {
    writes.removeAndFailAll(cause);
  }
}

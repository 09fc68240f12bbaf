package dev.weft.coordinator.mesh;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a first TLS record, and only then has TLS put in its own place: who sends none, or
 * something else, costs no more than a socket, and not for long.
 */
final class ClientHello extends ByteToMessageDecoder {
  private static final int HEADER = 5;
  private static final int HANDSHAKE = 22;
  private static final int MAX_RECORD = 1 << 14;

  private final Duration within;
  private final Consumer<ChannelHandlerContext> then;
  private @Nullable ScheduledFuture<?> timer;
  private boolean complete;

  /**
   * @param then puts other handlers in this one's place, now or later; they get what it has read
   */
  ClientHello(Duration within, Consumer<ChannelHandlerContext> then) {
    this.within = within;
    this.then = then;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    timer =
        context
            .executor()
            .schedule(
                () -> {
                  context.close();
                },
                within.toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext context) {
    stopTimer();
  }

  private void stopTimer() {
    ScheduledFuture<?> running = timer;
    if (running != null) {
      running.cancel(false);
    }
  }

  /** A reset, mostly: not a word about what strangers do. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < HEADER) {
      return;
    }
    if (complete) {
      // Waits for its turn. There is nothing to say before it has been answered.
      if (in.readableBytes() > HEADER + MAX_RECORD) {
        in.skipBytes(in.readableBytes());
        context.close();
      }
      return;
    }
    int start = in.readerIndex();
    int length = in.getUnsignedShort(start + 3);
    if (in.getUnsignedByte(start) != HANDSHAKE || length == 0 || length > MAX_RECORD) {
      in.skipBytes(in.readableBytes());
      context.close();
    } else if (in.readableBytes() >= HEADER + length) {
      complete = true;
      stopTimer();
      then.accept(context);
    }
  }
}

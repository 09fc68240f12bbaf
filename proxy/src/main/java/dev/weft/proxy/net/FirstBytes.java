package dev.weft.proxy.net;

import dev.weft.bridge.Listener;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the first bytes of a connection, and lets mesh TLS be spoken on it, or plaintext; then
 * is gone (contracts §9).
 */
final class FirstBytes extends ChannelInboundHandlerAdapter implements Worker.Expiring {
  private final Worker worker;
  private final Listener listener;
  private final ServerConnection connection;
  private final Timeouts timeouts;
  private @Nullable ChannelHandlerContext ctx;
  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private long deadline = Worker.NEVER;

  FirstBytes(Worker worker, Listener listener, ServerConnection connection, Timeouts timeouts) {
    this.worker = worker;
    this.listener = listener;
    this.connection = connection;
    this.timeouts = timeouts;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    deadline = System.nanoTime() + timeouts.idle().toNanos();
    worker.watch(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!buffer.isReadable()) {
      deadline = System.nanoTime() + timeouts.peek().toNanos();
    }
    buffer =
        ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), buffer, (ByteBuf) message);
    switch (listener.sniff(buffer.nioBuffer())) {
      case NEED_MORE:
        connection.beforehand(buffer.capacity());
        break;
      case MESH_TLS:
        speakTls(context);
        break;
      case NOT_OURS:
        goOn(context, null);
        break;
      default:
        context.close();
    }
  }

  private void speakTls(ChannelHandlerContext context) {
    SSLEngine engine = listener.serverEngine(connection.hangUp(), "http/1.1");
    if (engine == null) {
      context.close();
      return;
    }
    goOn(context, new MeshTls(engine, connection::beforehand));
  }

  private void goOn(ChannelHandlerContext context, @Nullable MeshTls tls) {
    ByteBuf bytes = buffer;
    buffer = Unpooled.EMPTY_BUFFER;
    connection.beforehand(0);
    ChannelPipeline pipeline = context.pipeline();
    if (tls != null) {
      pipeline.addLast(tls).addLast(tls.witness());
    }
    pipeline.addLast(connection);
    pipeline.remove(this);
    pipeline.fireChannelRead(bytes);
    pipeline.fireChannelReadComplete();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    worker.forget(this);
    buffer.release();
    buffer = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public void expired() {
    if (ctx != null) {
      ctx.close();
    }
  }
}

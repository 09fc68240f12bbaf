package dev.weft.instrumentation.netty.inside;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCompletionEvent;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.EventExecutor;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A place below the whole pipeline, for handlers that are in none: what comes up from here comes to
 * the head as if from the transport, what goes down goes to the transport. Used on the channel's
 * event loop.
 */
final class BelowContext implements ChannelHandlerContext {
  private final Encrypted tls;
  private final Channel channel;

  /** The pipeline's own first context. */
  private final ChannelHandlerContext head;

  BelowContext(Encrypted tls, ChannelHandlerContext head) {
    this.tls = tls;
    this.channel = head.channel();
    this.head = head;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public EventExecutor executor() {
    return channel.eventLoop();
  }

  @Override
  public String name() {
    return "weft";
  }

  @Override
  public ChannelHandler handler() {
    return head.handler();
  }

  @Override
  public boolean isRemoved() {
    return false;
  }

  // ---- up

  @Override
  public ChannelHandlerContext fireChannelRegistered() {
    return this;
  }

  @Override
  public ChannelHandlerContext fireChannelUnregistered() {
    return this;
  }

  @Override
  public ChannelHandlerContext fireChannelActive() {
    return this;
  }

  @Override
  public ChannelHandlerContext fireChannelInactive() {
    head.fireChannelInactive();
    return this;
  }

  /** Errors of TLS are the mesh's; those of the transport the application hears of. */
  @Override
  public ChannelHandlerContext fireExceptionCaught(Throwable cause) {
    if (!tls.failed(cause)) {
      head.fireExceptionCaught(cause);
    }
    return this;
  }

  /** That there is TLS is not the application's to know. */
  @Override
  public ChannelHandlerContext fireUserEventTriggered(Object event) {
    if (event instanceof SslCompletionEvent) {
      tls.event((SslCompletionEvent) event);
    } else {
      head.fireUserEventTriggered(event);
    }
    return this;
  }

  @Override
  public ChannelHandlerContext fireChannelRead(Object message) {
    tls.up(head, message);
    return this;
  }

  @Override
  public ChannelHandlerContext fireChannelReadComplete() {
    head.fireChannelReadComplete();
    return this;
  }

  @Override
  public ChannelHandlerContext fireChannelWritabilityChanged() {
    return this;
  }

  // ---- down

  @Override
  public ChannelHandlerContext read() {
    if (tls.reads()) {
      channel.unsafe().beginRead();
    }
    return this;
  }

  @Override
  public ChannelHandlerContext flush() {
    channel.unsafe().flush();
    return this;
  }

  @Override
  public ChannelFuture write(Object message) {
    return write(message, newPromise());
  }

  @Override
  public ChannelFuture write(Object message, ChannelPromise promise) {
    channel.unsafe().write(message, promise);
    return promise;
  }

  @Override
  public ChannelFuture writeAndFlush(Object message, ChannelPromise promise) {
    write(message, promise);
    flush();
    return promise;
  }

  @Override
  public ChannelFuture writeAndFlush(Object message) {
    return writeAndFlush(message, newPromise());
  }

  @Override
  public ChannelFuture bind(SocketAddress local) {
    return bind(local, newPromise());
  }

  @Override
  public ChannelFuture bind(SocketAddress local, ChannelPromise promise) {
    channel.unsafe().bind(local, promise);
    return promise;
  }

  @Override
  public ChannelFuture connect(SocketAddress remote) {
    return connect(remote, null, newPromise());
  }

  @Override
  public ChannelFuture connect(SocketAddress remote, SocketAddress local) {
    return connect(remote, local, newPromise());
  }

  @Override
  public ChannelFuture connect(SocketAddress remote, ChannelPromise promise) {
    return connect(remote, null, promise);
  }

  @Override
  public ChannelFuture connect(
      SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
    channel.unsafe().connect(remote, local, promise);
    return promise;
  }

  @Override
  public ChannelFuture disconnect() {
    return disconnect(newPromise());
  }

  @Override
  public ChannelFuture disconnect(ChannelPromise promise) {
    channel.unsafe().disconnect(promise);
    return promise;
  }

  @Override
  public ChannelFuture close() {
    return close(newPromise());
  }

  @Override
  public ChannelFuture close(ChannelPromise promise) {
    channel.unsafe().close(promise);
    return promise;
  }

  @Override
  public ChannelFuture deregister() {
    return deregister(newPromise());
  }

  @Override
  public ChannelFuture deregister(ChannelPromise promise) {
    channel.unsafe().deregister(promise);
    return promise;
  }

  // ---- what is the channel's

  @Override
  public ChannelPipeline pipeline() {
    return channel.pipeline();
  }

  @Override
  public ByteBufAllocator alloc() {
    return channel.alloc();
  }

  @Override
  public ChannelPromise newPromise() {
    return channel.newPromise();
  }

  @Override
  public ChannelProgressivePromise newProgressivePromise() {
    return channel.newProgressivePromise();
  }

  @Override
  public ChannelFuture newSucceededFuture() {
    return channel.newSucceededFuture();
  }

  @Override
  public ChannelFuture newFailedFuture(Throwable cause) {
    return channel.newFailedFuture(cause);
  }

  @Override
  public ChannelPromise voidPromise() {
    return channel.voidPromise();
  }

  @Override
  @Deprecated
  public <T> Attribute<T> attr(AttributeKey<T> key) {
    return channel.attr(key);
  }

  @Override
  @Deprecated
  public <T> boolean hasAttr(AttributeKey<T> key) {
    return channel.hasAttr(key);
  }
}

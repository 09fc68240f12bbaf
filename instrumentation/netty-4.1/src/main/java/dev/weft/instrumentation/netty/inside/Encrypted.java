package dev.weft.instrumentation.netty.inside;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Mesh TLS beneath one pipeline. Used on the channel's event loop. */
final class Encrypted {
  /** Who decides about what comes by this connection. */
  interface Opening {
    /** The peer is known. False to let it in no further. */
    boolean opened(SSLSession session);

    /** The first bytes that were encrypted, before the pipeline sees them. The same. */
    boolean first(ByteBuf bytes);
  }

  private final Channel channel;
  private final MeshTls tls;
  private final ChannelHandlerContext below;
  private final Opening opening;
  private @Nullable FileSlices files;

  /** Whether the peer has been let in, and not been shut out since. */
  private boolean open;

  private boolean begun;

  /** How deep in the pipeline something is that has come by here. */
  private int rising;

  private final Pause pause;

  /**
   * @param patience for the handshake, in ms
   */
  Encrypted(
      ChannelHandlerContext head,
      SSLEngine engine,
      Executor handshakes,
      long patience,
      Opening opening) {
    this.channel = head.channel();
    this.tls = new MeshTls(engine, handshakes, patience);
    this.below = new BelowContext(this, head);
    this.opening = opening;
    this.pause = new Pause(channel);
  }

  /** To be called once, before anything else. */
  void begin() throws Exception {
    tls.handlerAdded(below);
  }

  // ---- what TLS tells

  void up(ChannelHandlerContext head, Object message) {
    tls.brought();
    if (open && !begun && message instanceof ByteBuf) {
      begun = true;
      open = opening.first((ByteBuf) message);
      if (!open) {
        hangUp();
      }
    }
    if (!open) {
      ReferenceCountUtil.release(message);
      return;
    }
    rising++;
    try {
      Served served = Served.of(channel);
      if (served != null) {
        served.reading();
      }
      head.fireChannelRead(message);
    } finally {
      rising--;
      ChannelHooks.wasRead(head);
    }
  }

  void event(SslCompletionEvent event) {
    if (event instanceof SslHandshakeCompletionEvent) {
      open = event.isSuccess() && opening.opened(tls.session());
      pause.end();
      if (event.isSuccess() && !open) {
        hangUp();
      }
    } else if (event instanceof SslCloseCompletionEvent
        && !Boolean.TRUE.equals(channel.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE))) {
      // As the transport does at the end of what comes in.
      hangUp();
    }
  }

  private void hangUp() {
    channel.unsafe().close(channel.unsafe().voidPromise());
  }

  /** Whether the transport is to read on, as TLS asks for. */
  boolean reads() {
    return !pause.on();
  }

  /** Nothing that still comes is shown to anybody. */
  void shut() {
    open = false;
    begun = true;
  }

  /**
   * What went wrong.
   *
   * @return whether that is the mesh's business, and dealt with
   */
  boolean failed(Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof SSLException) {
        hangUp();
        return true;
      }
    }
    return false;
  }

  // ---- what comes up

  /** False of what the application itself has sent up again: it is no longer encrypted. */
  boolean channelRead(Object message) throws Exception {
    if (rising > 0 || !(message instanceof ByteBuf)) {
      return false;
    }
    if (!open) {
      pause.came(((ByteBuf) message).readableBytes());
    }
    try {
      tls.channelRead(below, message);
    } catch (Exception e) {
      rethrowUnlessTls(e);
    }
    return true;
  }

  void channelReadComplete() throws Exception {
    tls.channelReadComplete(below);
  }

  void userEventTriggered(Object event) throws Exception {
    try {
      tls.userEventTriggered(below, event);
    } catch (Exception e) {
      rethrowUnlessTls(e);
    }
  }

  void channelInactive() throws Exception {
    failFiles();
    try {
      tls.channelInactive(below);
    } catch (Exception e) {
      rethrowUnlessTls(e);
    }
  }

  /** The channel is gone for good. */
  void end() throws Exception {
    failFiles();
    tls.handlerRemoved(below);
  }

  private void rethrowUnlessTls(Exception cause) throws Exception {
    if (!failed(cause)) {
      throw cause;
    }
  }

  // ---- what goes down

  void write(Object message, ChannelPromise promise) throws Exception {
    FileSlices sending = files;
    if (sending == null && message instanceof FileRegion) {
      sending = new FileSlices(tls, below);
      files = sending;
    }
    if (sending != null && (message instanceof FileRegion || sending.busy())) {
      sending.write(message, promise);
    } else {
      tls.write(below, message, promise);
    }
  }

  void flush() throws Exception {
    FileSlices sending = files;
    if (sending != null && sending.busy()) {
      sending.flush();
    } else {
      tls.flush(below);
    }
  }

  void read() throws Exception {
    tls.read(below);
  }

  void close(ChannelPromise promise) throws Exception {
    failFiles();
    tls.close(below, promise);
  }

  void disconnect(ChannelPromise promise) throws Exception {
    failFiles();
    tls.disconnect(below, promise);
  }

  /** Says goodbye, and writes no more; what still comes is read. */
  void closeOutbound() {
    tls.closeOutbound();
  }

  private void failFiles() {
    FileSlices sending = files;
    if (sending != null) {
      sending.fail(new ClosedChannelException());
    }
  }
}

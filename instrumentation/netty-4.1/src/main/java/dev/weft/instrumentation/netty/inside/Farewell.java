package dev.weft.instrumentation.netty.inside;

import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection after its last response, so that the client can read that: closing while
 * bytes of its own still come in would have its system throw the response away. Used on the
 * channel's event loop.
 */
final class Farewell implements Runnable, ChannelFutureListener {
  /** No more than this is thrown away, in bytes. */
  private static final long MOST = 1024 * 1024;

  private static final int SECONDS = 5;

  private final ChannelHandlerContext codec;
  private long dropped;
  private boolean said;

  /** For a connection whose last response is, or will have been, written by this codec. */
  Farewell(ChannelHandlerContext codec) {
    this.codec = codec;
  }

  /** Begins, once what is being written at this moment has been. */
  void begin() {
    codec.executor().execute(this);
  }

  @Override
  public void run() {
    if (said) {
      codec.channel().close(); // the client has had its time
      return;
    }
    said = true;
    // Goes when all before it has gone.
    codec.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this);
    codec.executor().schedule(this, SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void operationComplete(ChannelFuture last) {
    Channel channel = codec.channel();
    Encrypted tls = Beneath.tls(channel);
    if (!last.isSuccess() || Speaks.ownTls(channel.pipeline())) {
      channel.close();
    } else if (tls != null) {
      tls.closeOutbound();
      codec.read();
    } else if (channel instanceof DuplexChannel) {
      ((DuplexChannel) channel).shutdownOutput();
      codec.read();
    } else {
      channel.close();
    }
  }

  /** Something that nobody will read any more. */
  void drop(Object message) {
    if (message instanceof ByteBufHolder) {
      dropped += ((ByteBufHolder) message).content().readableBytes();
    }
    ReferenceCountUtil.release(message);
    if (dropped > MOST) {
      codec.channel().close();
    } else if (!codec.channel().config().isAutoRead()) {
      codec.read();
    }
  }
}

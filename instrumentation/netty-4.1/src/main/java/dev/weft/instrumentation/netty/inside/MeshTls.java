package dev.weft.instrumentation.netty.inside;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * Mesh TLS by Netty's own means, in a {@link BelowContext}. It ends where the peer sends records
 * again and again that bring nothing: requests for new keys keep an event loop busy, of which
 * everybody has need.
 */
final class MeshTls extends SslHandler {
  /** Records beyond those that brought something; a handshake has some five. */
  private static final int MOST_EMPTY = 64;

  private boolean brought;
  private int empty;

  /**
   * @param tasks threads for what takes long in a handshake
   * @param patience for the handshake, in ms
   */
  MeshTls(SSLEngine engine, Executor tasks, long patience) {
    super(engine, tasks);
    setHandshakeTimeoutMillis(patience);
    // Else what has been read stays in the buffer of a fast sender, which grows to megabytes.
    setDiscardAfterReads(1);
  }

  SSLSession session() {
    return engine().getSession();
  }

  /** A record has brought something. */
  void brought() {
    brought = true;
  }

  /** Takes one record, if all of it is there. */
  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
      throws SSLException {
    int before = in.readableBytes();
    brought = false;
    super.decode(context, in, out);
    if (brought) {
      // Of a peer that takes nothing, the answers that it asks for would pile up.
      empty = context.channel().isWritable() ? Math.max(0, empty - 1) : empty;
    } else if (in.readableBytes() < before && ++empty > MOST_EMPTY) {
      throw new SSLException("TLS records again and again that bring nothing");
    }
  }
}

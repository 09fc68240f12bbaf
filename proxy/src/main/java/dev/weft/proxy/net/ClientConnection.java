package dev.weft.proxy.net;

import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.BodyReader;
import dev.weft.proxy.http.Fields;
import dev.weft.proxy.http.HeadReader;
import dev.weft.proxy.http.Limits;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.runtime.tls.PeerIdentity;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection to an endpoint, or to the application: one request after the other. */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Worker.Expiring {
  /** Whoever has the connection at the moment; told what comes on it. On the event loop. */
  interface User {
    /** A head that is not the last: more will come. */
    void interim(ResponseHead head);

    void head(ResponseHead head);

    /** A piece of the body, to be released. */
    void body(ClientConnection from, ByteBuf piece);

    /** The response is complete, and the connection no longer this user's business. */
    void end(Fields trailers);

    /** There will be no response, or not the rest of it. The connection is closed. */
    void failed(Throwable error);

    /** All that has arrived so far has been told. */
    void pause();

    /** Whether more can be written has changed. */
    void writabilityChanged();
  }

  private enum State {
    IDLE,
    HEAD,
    BODY,
    TUNNEL,
    CLOSED
  }

  /** Less than servers of the mesh keep a connection, so that it is not they who close it. */
  private static final long KEEP_IDLE = TimeUnit.SECONDS.toNanos(15);

  /** Applications may be quick to close; on loopback a new connection costs next to nothing. */
  private static final long KEEP_DIRECT = TimeUnit.MILLISECONDS.toNanos(1_500);

  /** A sender that has sent less than this at once may be waiting for our acknowledgement. */
  private static final int FEW_BYTES = 16 * 1024;

  private final Worker worker;
  private final MeshAddress address;
  private final HeadReader heads = HeadReader.ofResponses(Limits.DEFAULT);
  private State state = State.IDLE;
  private @Nullable ChannelHandlerContext ctx;
  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private @Nullable BodyReader body;
  private @Nullable User user;
  private @Nullable Throwable error;
  private String method = "";
  private long idleUntil = Worker.NEVER;
  private int arrived;
  private boolean keepAlive;
  private boolean last;
  private boolean responded;
  private boolean used;

  ClientConnection(Worker worker, MeshAddress address) {
    this.worker = worker;
    this.address = address;
  }

  MeshAddress address() {
    return address;
  }

  Channel channel() {
    ChannelHandlerContext context = ctx;
    if (context == null) {
      throw new IllegalStateException("not connected");
    }
    return context.channel();
  }

  /** Whether it has carried a request before: it may have been closed by now. */
  boolean used() {
    return used;
  }

  /** Whether a request may be sent on it. */
  boolean usable() {
    return state == State.IDLE && channel().isActive() && peerHolds();
  }

  /** Whether the peer's certificate, where there is one, has not ended. */
  boolean peerHolds() {
    SslHandler tls = channel().pipeline().get(SslHandler.class);
    return tls == null || PeerIdentity.of(tls.engine().getSession()) != null;
  }

  boolean writable() {
    return ctx != null && ctx.channel().isWritable();
  }

  /**
   * Begins a request.
   *
   * @param change what a route wants otherwise; null for nothing
   * @param upgrade whether the connection is to become a WebSocket
   */
  ChannelFuture send(User sender, RequestHead head, @Nullable HeadChange change, boolean upgrade) {
    idleUntil = Worker.NEVER;
    user = sender;
    method = head.method();
    state = State.HEAD;
    responded = false;
    boolean saysSo = isLast(head);
    // A server that has looked at an upgrade may read no more requests, whatever it answers.
    last = saysSo || upgrade;
    return channel().write(OutgoingHead.write(channel().alloc(), head, change, upgrade, saysSo));
  }

  /**
   * Whether no other request may come after this one. A server may leave a body unread, or send one
   * with the answer to HEAD; what is left of it would be read as a message of its own, about which
   * nobody decided. No answer shows that a body was read, so only where mesh TLS ends is it known:
   * readers of the mesh take messages apart as we do. Any other is told that this is the end, so
   * that it reads no further, and is never asked on this connection again.
   */
  private boolean isLast(RequestHead head) {
    return !address.tls() && (!head.framing().isEmpty() || head.method().equals("HEAD"));
  }

  /** Bytes of memory that are held for it. */
  long held() {
    BodyReader reader = body;
    return Capacity.HEAP * (heads.held() + (reader == null ? 0 : reader.held()))
        + buffer.capacity()
        + Buffers.unsent(channel());
  }

  void write(ByteBuf bytes) {
    channel().write(bytes, channel().voidPromise());
  }

  void flush() {
    channel().flush();
  }

  /** Whether what comes is to be read now: not faster than it is taken. */
  void reading(boolean wanted) {
    if (ctx != null && state == State.BODY) {
      ctx.channel().config().setAutoRead(wanted);
    }
  }

  /** The user has no interest in it any more; to be called also after {@link User#end}. */
  void release(boolean requestComplete) {
    user = null;
    if (state == State.IDLE && requestComplete && keepAlive && !buffer.isReadable()) {
      used = true;
      idleUntil = System.nanoTime() + (address instanceof DirectAddress ? KEEP_DIRECT : KEEP_IDLE);
      channel().config().setAutoRead(true);
      worker.pool().give(this);
    } else if (state != State.TUNNEL) {
      close();
    }
  }

  /** Gives the connection away as a mere stream of bytes; returns those that have arrived. */
  ByteBuf becomeTunnel() {
    state = State.TUNNEL;
    user = null;
    worker.forget(this);
    ByteBuf left = buffer;
    buffer = Unpooled.EMPTY_BUFFER;
    return left;
  }

  void close() {
    if (ctx != null) {
      ctx.close();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    worker.watch(this);
  }

  @Override
  public long deadline() {
    return state == State.IDLE ? idleUntil : Worker.NEVER;
  }

  @Override
  public void expired() {
    close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (user == null) {
      // Nobody has asked for anything: there is nothing that it could be an answer to.
      bytes.release();
      context.close();
      return;
    }
    arrived += bytes.readableBytes();
    buffer = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), buffer, bytes);
    try {
      read();
    } catch (BadMessage e) {
      error = new IOException("the response was refused: " + e.reason());
      context.close();
    }
    buffer = Buffers.rest(buffer);
  }

  private void read() throws BadMessage {
    while (user != null) {
      if (state == State.HEAD) {
        ResponseHead head = heads.response(buffer);
        if (head == null) {
          return;
        }
        head(head);
      } else if (state == State.BODY && body != null) {
        BodyReader reader = body;
        ByteBuf piece = reader.next(buffer);
        if (piece != null) {
          user.body(this, piece);
        } else if (!reader.done()) {
          return;
        }
        if (reader.done() && state == State.BODY) {
          end(reader.trailers());
        }
      } else {
        return;
      }
    }
  }

  private void head(ResponseHead head) throws BadMessage {
    User current = user;
    if (current == null) {
      return;
    }
    if (head.interim()) {
      if (head.contradictsItself()) {
        throw new BadMessage(502, "an interim response with a body");
      }
      current.interim(head);
      return;
    }
    responded = true;
    keepAlive = head.keepAlive();
    BodyReader reader = new BodyReader(head.framing(method), Limits.DEFAULT);
    body = reader;
    state = State.BODY;
    keepAlive = keepAlive && !last && !reader.endsWithConnection() && !head.contradictsItself();
    current.head(head);
    if (state == State.BODY && reader.done() && user == current) {
      end(reader.trailers());
    }
  }

  private void end(Fields trailers) {
    User current = user;
    state = State.IDLE;
    body = null;
    if (current != null) {
      current.end(trailers);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (user != null) {
      if (arrived > 0 && arrived < FEW_BYTES && state != State.IDLE) {
        PromptAck.send(context.channel());
      }
      user.pause();
    }
    arrived = 0;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (user != null) {
      user.writabilityChanged();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (error == null) {
      error = Errors.unwrap(cause);
    }
    // Whoever takes no more of a request may have answered it already. The end of the answer, or
    // of the connection, closes ours.
    if (!takesNoMore(context.channel())) {
      context.close();
    }
  }

  private static boolean takesNoMore(Channel channel) {
    return !channel.config().isAutoClose()
        && channel instanceof DuplexChannel duplex
        && duplex.isOutputShutdown()
        && !duplex.isInputShutdown();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closed();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (state != State.TUNNEL) {
      closed();
    }
  }

  private void closed() {
    if (state == State.CLOSED || state == State.TUNNEL) {
      return;
    }
    State before = state;
    state = State.CLOSED;
    worker.forget(this);
    worker.pool().gone(this);
    User current = user;
    user = null;
    buffer.release();
    buffer = Unpooled.EMPTY_BUFFER;
    if (current == null || before == State.IDLE) {
      return;
    }
    BodyReader reader = body;
    if (before == State.BODY && reader != null && reader.endsWithConnection() && error == null) {
      current.end(reader.trailers());
      return;
    }
    Throwable why = error;
    if (why == null) {
      why =
          new EOFException(
              responded
                  ? "the connection ended within the response"
                  : "the connection ended before a response came");
    }
    if (used && !responded) {
      worker.pool().distrust(address);
    }
    current.failed(why);
  }
}

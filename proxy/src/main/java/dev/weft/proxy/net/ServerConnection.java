package dev.weft.proxy.net;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Refusal;
import dev.weft.proxy.http.BadMessage;
import dev.weft.proxy.http.BodyReader;
import dev.weft.proxy.http.Framing;
import dev.weft.proxy.http.HeadReader;
import dev.weft.proxy.http.Limits;
import dev.weft.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection: its requests, one after the other. A request that is sent before the one
 * before it is answered waits in the buffer, which is bounded by not reading on.
 */
final class ServerConnection extends ChannelInboundHandlerAdapter
    implements Worker.Expiring, Crowd.Member {
  private enum State {
    /** Between requests, or within a head. */
    HEAD,
    BODY,
    /** The request is complete, its response is not. */
    RESPONSE,
    TUNNEL,
    /** The last response is written; what still comes is thrown away. */
    LINGERING,
    CLOSED
  }

  /** No more than this is thrown away after the last response. */
  private static final int LINGER_BYTES = 256 * 1024;

  private final Channel channel;
  private final Worker worker;
  private final Crowd crowd;
  private final Crowd.Place place;
  private final Site site;
  private final Answers answers;
  private final Timeouts timeouts;
  private final long replayLimit;
  private final HeadReader heads = HeadReader.ofRequests(Limits.DEFAULT);
  private State state = State.HEAD;
  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private @Nullable BodyReader body;
  private @Nullable Relay relay;
  private @Nullable Channel tunnel;
  private long beforehand;
  private long deadline = Worker.NEVER;
  private long lingered;
  private boolean headBegun;
  private boolean advancing;

  /** Held for the maker of the TLS engine, which keeps it weakly. */
  @SuppressWarnings("unused")
  private @Nullable Runnable hangUp;

  ServerConnection(
      Channel channel,
      Worker worker,
      Crowd crowd,
      Site site,
      Answers answers,
      Timeouts timeouts,
      long replayLimit) {
    this.channel = channel;
    this.worker = worker;
    this.crowd = crowd;
    this.site = site;
    this.answers = answers;
    this.timeouts = timeouts;
    this.replayLimit = replayLimit;
    this.place = new Crowd.Place(this, Crowd.source(channel.remoteAddress()));
  }

  /** Whether the body of a request is kept, so that it can be sent again. */
  boolean keeps(RequestHead head) {
    Framing framing = head.framing();
    return framing.kind() != Framing.Kind.CHUNKED
        && framing.length() <= replayLimit
        && (framing.isEmpty() || site.repeats(head.method()))
        && crowd.keep(framing.length());
  }

  // ---- what it takes of what all share

  Crowd crowd() {
    return crowd;
  }

  Crowd.Place place() {
    return place;
  }

  /** Tells of what is held; to be called when that may have grown. */
  void account() {
    crowd.changed(place);
  }

  /** What whoever had the connection before this holds for it: a first look, or TLS. */
  void beforehand(long bytes) {
    beforehand = bytes;
    account();
  }

  @Override
  public long held() {
    BodyReader reader = body;
    Relay current = relay;
    Channel other = tunnel;
    return beforehand
        + Capacity.HEAP * (heads.held() + (reader == null ? 0 : reader.held()))
        + buffer.capacity()
        + (current == null ? 0 : current.held())
        + (other == null ? 0 : Buffers.unsent(other))
        + Buffers.unsent(channel);
  }

  @Override
  public boolean asking() {
    return relay != null || state == State.TUNNEL;
  }

  /** At once: whoever does not read would not read a farewell either. */
  @Override
  public void letGo() {
    Channel.Unsafe unsafe = channel.unsafe();
    unsafe.close(unsafe.voidPromise());
  }

  Channel channel() {
    return channel;
  }

  /** What ends the connection, from whatever thread. */
  Runnable hangUp() {
    Runnable made = channel::close;
    hangUp = made;
    return made;
  }

  Site site() {
    return site;
  }

  Worker worker() {
    return worker;
  }

  boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    worker.watch(this);
    deadline = System.nanoTime() + timeouts.idle().toNanos();
  }

  // ---- what the client sends

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (state == State.LINGERING || state == State.CLOSED) {
      lingered += bytes.readableBytes();
      bytes.release();
      if (lingered > LINGER_BYTES) {
        context.close();
      }
      return;
    }
    buffer = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), buffer, bytes);
    if (state == State.BODY) {
      deadline = System.nanoTime() + timeouts.body().toNanos();
    }
    advance();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (relay != null) {
      relay.flushRequest();
    }
  }

  /** Goes on with what is in the buffer, as far as it may. */
  void advance() {
    if (advancing) {
      return; // somebody further down the stack is at it
    }
    advancing = true;
    try {
      while (step()) {
        continue;
      }
    } catch (BadMessage e) {
      refuse(e);
    } finally {
      advancing = false;
    }
    buffer = Buffers.rest(buffer);
    pace();
    account();
  }

  private boolean step() throws BadMessage {
    Relay current = relay;
    switch (state) {
      case HEAD:
        RequestHead head = heads.request(buffer);
        if (head == null) {
          awaitHead();
          return false;
        }
        begin(head);
        return true;
      case BODY:
        BodyReader reader = body;
        if (reader == null || current == null) {
          return false;
        }
        ByteBuf piece = null;
        if (!reader.done()) {
          if (!current.wantsBody()) {
            return false;
          }
          piece = reader.next(buffer);
        }
        if (piece != null) {
          current.body(piece);
        }
        if (reader.done()) {
          state = State.RESPONSE;
          deadline = Worker.NEVER;
          current.bodyEnd(reader.trailers());
          return true;
        }
        return piece != null;
      default:
        return false;
    }
  }

  private void awaitHead() {
    boolean begun = heads.begun(buffer);
    if (begun && !headBegun) {
      // From the first byte on, however slowly the others come.
      deadline = System.nanoTime() + timeouts.head().toNanos();
    }
    headBegun = begun;
  }

  private void begin(RequestHead head) throws BadMessage {
    headBegun = false;
    site.check(head);
    Exchange exchange = site.begin(session(), head, source());
    Refusal refusal = exchange.refusal();
    if (refusal != null) {
      answerAndClose(refusal, head.method());
      return;
    }
    BodyReader reader = new BodyReader(head.framing(), Limits.DEFAULT);
    body = reader;
    state = reader.done() ? State.RESPONSE : State.BODY;
    deadline = reader.done() ? Worker.NEVER : System.nanoTime() + timeouts.body().toNanos();
    Relay next = new Relay(this, head, exchange, answers);
    relay = next;
    next.start();
  }

  @Nullable InetAddress source() {
    return channel.remoteAddress() instanceof InetSocketAddress remote ? remote.getAddress() : null;
  }

  @Nullable SSLSession session() {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    return tls == null ? null : tls.engine().getSession();
  }

  /** Reads as fast as what is read can be passed on. */
  private void pace() {
    if (state == State.TUNNEL || state == State.CLOSED) {
      return;
    }
    Relay current = relay;
    boolean wanted = true;
    if (state == State.BODY && current != null) {
      wanted = current.wantsBody() || !buffer.isReadable();
      if (!current.wantsBody()) {
        deadline = Worker.NEVER; // it is not the client that is slow
      } else if (deadline == Worker.NEVER) {
        deadline = System.nanoTime() + timeouts.body().toNanos();
      }
    } else if (state == State.RESPONSE) {
      wanted = !buffer.isReadable(); // only to hear of the client's going
    }
    channel.config().setAutoRead(wanted);
  }

  // ---- what the client gets

  void write(ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  void flush() {
    channel.flush();
    account();
  }

  /** The response of the request at hand is written. */
  void responseComplete(boolean close) {
    relay = null;
    body = null;
    if (close || state != State.RESPONSE) {
      // Where the next request would begin is not known before this one is complete.
      linger();
      return;
    }
    flush();
    state = State.HEAD;
    deadline = System.nanoTime() + timeouts.idle().toNanos();
    advance();
  }

  /** The response of the request at hand cannot be completed: the client must not think it was. */
  void abort() {
    relay = null;
    channel.close();
  }

  /**
   * Answers the request at hand.
   *
   * @return whether the connection is kept
   */
  boolean answer(Refusal refusal, RequestHead head) {
    boolean keep = state == State.RESPONSE && head.keepAlive() && !site.draining();
    write(answers.refusal(channel.alloc(), refusal, head.method(), keep));
    return keep;
  }

  private void answerAndClose(Refusal refusal, String method) {
    write(answers.refusal(channel.alloc(), refusal, method, false));
    linger();
  }

  private void refuse(BadMessage bad) {
    Relay current = relay;
    if (current != null && current.responding()) {
      current.abandoned();
      abort();
      return;
    }
    if (current != null) {
      relay = null;
      current.abandoned();
    }
    answerAndClose(answers.bad(bad), "GET");
  }

  /**
   * Ends the connection so that the client can read the last response: closing while its bytes
   * still come in would have its system throw that away.
   */
  private void linger() {
    state = State.LINGERING;
    deadline = System.nanoTime() + timeouts.linger().toNanos();
    buffer.release();
    buffer = Unpooled.EMPTY_BUFFER;
    channel.config().setAutoRead(true);
    account();
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            done -> {
              SslHandler tls = channel.pipeline().get(SslHandler.class);
              if (tls != null) {
                tls.closeOutbound();
              } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
              }
            });
  }

  /**
   * Gives the connection away as a mere stream of bytes; returns those that have arrived.
   *
   * @param other where they go
   */
  ByteBuf becomeTunnel(Channel other) {
    state = State.TUNNEL;
    tunnel = other;
    relay = null;
    deadline = Worker.NEVER;
    worker.forget(this);
    ByteBuf left = buffer;
    buffer = Unpooled.EMPTY_BUFFER;
    return left;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (relay != null) {
      relay.clientWritabilityChanged();
    }
  }

  // ---- its end

  @Override
  public long deadline() {
    return deadline;
  }

  @Override
  public void expired() {
    boolean midway = state == State.BODY || headBegun;
    deadline = Worker.NEVER;
    if (midway && state != State.LINGERING) {
      refuse(new BadMessage(408, "the request did not come in time"));
    } else {
      channel.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    answers.clientError(cause);
    context.close();
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
    state = State.CLOSED;
    worker.forget(this);
    buffer.release();
    buffer = Unpooled.EMPTY_BUFFER;
    Relay current = relay;
    relay = null;
    if (current != null) {
      current.abandoned();
    }
  }
}

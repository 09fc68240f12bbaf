package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Exchange;
import dev.weft.bridge.Listener;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What stands between the transport of an accepted connection and its pipeline: looks at the first
 * bytes, then speaks mesh TLS, or is gone. It is in no pipeline; each event of the head comes here
 * first. Used on the channel's event loop.
 *
 * <p>Each method that is named as an event answers whether it has dealt with it; if not, Netty does
 * as it does without us.
 */
final class Beneath implements Encrypted.Opening {
  private static final AttributeKey<Beneath> KEY = AttributeKey.valueOf("dev.weft.beneath");

  /** For ClientHello and handshake together, from the first byte. */
  private static final long OPEN_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How long a server that speaks first waits for a client that might (contracts §9). */
  private static final long FIRST_WORD_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Channel channel;
  private final Port port;

  /** The first bytes, as long as they do not tell; null if none has come. */
  private @Nullable ByteBuf first;

  /** What the server writes before it is known how; null for nothing. */
  private @Nullable Held held;

  /** Once it is known that it is this. */
  private @Nullable Encrypted tls;

  /** Ends a wait; null for none. */
  private @Nullable Future<?> timer;

  /** By {@link System#nanoTime}, once a byte has come. */
  private long deadline;

  /** What has to wait for the port to be opened waits for that already. */
  private boolean waits;

  private final Pause pause;

  /** The application has closed it before it was known how to say what it has said; else null. */
  private @Nullable ChannelPromise goodbye;

  /** Held for the maker of the engine, which keeps it weakly. */
  @SuppressWarnings("unused")
  private @Nullable Runnable hangUp;

  private Beneath(Channel channel, Port port) {
    this.channel = channel;
    this.port = port;
    this.pause = new Pause(channel);
  }

  /** Puts one beneath a connection that has just been accepted. By any thread. */
  static void put(Channel channel, Port port) {
    channel.attr(KEY).set(new Beneath(channel, port));
  }

  /** That of a channel; null if it has none, or none any longer. */
  static @Nullable Beneath of(Channel channel) {
    return channel.hasAttr(KEY) ? channel.attr(KEY).get() : null;
  }

  /** What a channel encrypts with; null for a connection that is none of mesh TLS. */
  static @Nullable Encrypted tls(Channel channel) {
    Beneath beneath = of(channel);
    return beneath == null ? null : beneath.tls;
  }

  // ---- what comes up

  boolean channelRead(ChannelHandlerContext head, Object message) throws Exception {
    Encrypted by = tls;
    if (by != null) {
      return by.channelRead(message);
    }
    if (!(message instanceof ByteBuf)) {
      return false; // the application's own, or of a transport that carries no stream of bytes
    }
    ByteBuf before = first;
    ByteBuf bytes = (ByteBuf) message;
    if (waits) {
      pause.came(bytes.readableBytes());
    }
    if (before == null) {
      deadline = System.nanoTime() + OPEN_NANOS;
      cancel();
      first = bytes;
    } else {
      first = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), before, bytes);
    }
    look(head);
    return true;
  }

  /** Decides by the first bytes, if they suffice, and goes on as that says. */
  private void look(ChannelHandlerContext head) throws Exception {
    ByteBuf bytes = first;
    if (bytes == null || !portIsOpen(head)) {
      return;
    }
    boolean ownTls = Speaks.ownTls(channel.pipeline());
    Listener listener = ownTls ? port.ownTls() : port.listener();
    if (listener == null) {
      plaintext(head);
      return;
    }
    switch (listener.sniff(bytes.nioBuffer())) {
      case NEED_MORE:
        if (bytes.readableBytes() >= Listener.SNIFF_LIMIT) {
          abort();
        } else if (timer == null) {
          timer = within(deadline - System.nanoTime(), new TooLate());
        }
        break;
      case MESH_TLS:
        if (ownTls) {
          abort(); // the application would look for its own inside of it
        } else {
          encrypt(head, listener);
        }
        break;
      case NOT_OURS:
        if (serve(listener, null, !ownTls && !Speaks.http(channel.pipeline(), bytes))) {
          plaintext(head);
        } else {
          abort();
        }
        break;
      default:
        abort();
    }
  }

  private boolean portIsOpen(ChannelHandlerContext head) {
    if (!waits) {
      waits = !port.opened(new PortOpened(head));
    }
    return !waits;
  }

  /** Goes on with what had to wait until the mesh was there. */
  private final class PortOpened implements Runnable {
    private final ChannelHandlerContext head;
    private boolean onLoop;

    PortOpened(ChannelHandlerContext head) {
      this.head = head;
    }

    @Override
    public void run() {
      if (!onLoop) {
        onLoop = true;
        channel.eventLoop().execute(this);
        return;
      }
      waits = false;
      pause.end();
      try {
        if (first == null && held != null) {
          new SpeaksFirst(head).run();
        }
        look(head);
        channel.pipeline().fireChannelReadComplete();
      } catch (Throwable t) {
        fault(t);
      }
    }
  }

  /**
   * Says whom requests are shown to.
   *
   * @param raw whether there will be none, and the connection is admitted as one
   * @return false if it is not let in
   */
  private boolean serve(Listener listener, @Nullable SSLSession session, boolean raw) {
    Served served = Served.begin(channel, listener, session);
    return !raw || admitted(served);
  }

  /** Admits a connection that has no requests as if it were one; false if it is not let in. */
  private boolean admitted(Served served) {
    Exchange exchange = served.listener().begin(served.session(), new RawHead(served.source()));
    if (exchange.refusal() != null) {
      return false;
    }
    channel.closeFuture().addListener(new EndsWithChannel(exchange));
    return true;
  }

  /** This connection is as it was without us, from here on. */
  private void plaintext(ChannelHandlerContext head) {
    ByteBuf bytes = first;
    Held waiting = held;
    first = null;
    held = null;
    forget();
    if (waiting != null) {
      Channel.Unsafe transport = channel.unsafe();
      for (Object each = waiting.next(); each != null; each = waiting.next()) {
        transport.write(each, waiting.promise());
      }
      if (waiting.takeFlush()) {
        transport.flush();
      }
    }
    if (bytes != null) {
      Served served = Served.of(channel);
      if (served != null) {
        served.reading();
      }
      head.fireChannelRead(bytes);
      ChannelHooks.wasRead(head);
    }
    takeLeave();
  }

  private void encrypt(ChannelHandlerContext head, Listener listener) throws Exception {
    HangUp end = new HangUp(channel);
    SSLEngine engine = listener.serverEngine(end, Speaks.alpn(channel.pipeline()));
    if (engine == null) {
      abort();
      return;
    }
    hangUp = end;
    cancel();
    long patience = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    Encrypted made =
        new Encrypted(head, engine, Bridge.mesh().handshakes(), Math.max(1, patience), this);
    ByteBuf bytes = first;
    Held waiting = held;
    made.begin();
    tls = made;
    first = null;
    held = null;
    if (waiting != null) {
      for (Object each = waiting.next(); each != null; each = waiting.next()) {
        made.write(each, waiting.promise());
      }
      if (waiting.takeFlush()) {
        made.flush();
      }
    }
    if (bytes != null) {
      made.channelRead(bytes);
    }
  }

  @Override
  public boolean opened(SSLSession session) {
    Listener listener = port.listener();
    boolean open = listener != null && serve(listener, session, !Speaks.http(channel.pipeline()));
    ChannelPromise last = goodbye;
    Encrypted by = tls;
    if (open && last != null && by != null) {
      goodbye = null;
      channel.eventLoop().execute(new Goodbye(by, last));
    }
    return open;
  }

  @Override
  public boolean first(ByteBuf bytes) {
    Served served = Served.of(channel);
    return served != null
        && (!Speaks.http(channel.pipeline())
            || Speaks.http(channel.pipeline(), bytes)
            || admitted(served));
  }

  boolean channelReadComplete() throws Exception {
    Encrypted by = tls;
    if (by != null) {
      by.channelReadComplete();
      if (channel.config().isAutoRead()) {
        channel.read();
      }
      return true;
    }
    if (first != null && !waits) {
      // Whoever reads on demand has demanded these bytes, and was not given any.
      channel.unsafe().beginRead();
    }
    return first != null;
  }

  boolean userEventTriggered(Object event) throws Exception {
    Encrypted by = tls;
    if (by != null && event instanceof ChannelInputShutdownEvent) {
      by.userEventTriggered(event);
      return true;
    }
    if (by == null && first != null && event instanceof ChannelInputShutdownEvent) {
      abort();
      return true;
    }
    return false;
  }

  boolean channelInactive() throws Exception {
    Encrypted by = tls;
    if (by == null) {
      giveUp();
      return false;
    }
    takeLeave();
    by.channelInactive();
    return true;
  }

  void channelUnregistered() throws Exception {
    Encrypted by = tls;
    if (by != null && !channel.isOpen()) {
      forget();
      by.end();
    }
  }

  // ---- what goes down

  boolean write(ChannelHandlerContext head, Object message, ChannelPromise promise)
      throws Exception {
    Encrypted by = tls;
    if (by != null) {
      by.write(message, promise);
      return true;
    }
    if (first == null && Speaks.goAway(message)) {
      // To a client that has said nothing; whoever waits for it to have gone is to wait no longer.
      ReferenceCountUtil.release(message);
      abort();
      promise.trySuccess();
      return true;
    }
    Held waiting = held;
    if (waiting == null) {
      waiting = new Held(head);
      held = waiting;
      if (first == null && timer == null && !Speaks.settings(message)) {
        timer = within(FIRST_WORD_NANOS, new SpeaksFirst(head));
      }
    }
    waiting.add(message, promise);
    return true;
  }

  boolean flush() throws Exception {
    Encrypted by = tls;
    if (by != null) {
      by.flush();
      return true;
    }
    Held waiting = held;
    if (waiting != null) {
      waiting.flush();
    }
    return waiting != null;
  }

  boolean read() throws Exception {
    Encrypted by = tls;
    if (by != null) {
      by.read();
    }
    return by != null;
  }

  boolean close(ChannelPromise promise) throws Exception {
    Encrypted by = tls;
    if (by != null) {
      by.close(promise);
      return true;
    }
    if (timer != null && first == null && held != null && goodbye == null && !promise.isVoid()) {
      goodbye = promise; // after what it has said, as without us
      return true;
    }
    giveUp();
    return false;
  }

  boolean disconnect(ChannelPromise promise) throws Exception {
    Encrypted by = tls;
    if (by == null) {
      giveUp();
      return false;
    }
    by.disconnect(promise);
    return true;
  }

  // ---- its end

  /** An error of ours: the connection must not go on in between. */
  void fault(Throwable error) {
    Bridge.fault(error);
    abort();
  }

  private void abort() {
    giveUp();
    Encrypted by = tls;
    if (by != null) {
      by.shut();
    }
    channel.unsafe().close(channel.unsafe().voidPromise());
  }

  /** Neither what has come nor what was to be written goes on. */
  private void giveUp() {
    cancel();
    ByteBuf bytes = first;
    Held waiting = held;
    first = null;
    held = null;
    if (bytes != null) {
      bytes.release();
    }
    if (waiting != null) {
      waiting.fail(new ClosedChannelException());
    }
    takeLeave();
  }

  /** The application has closed it; nothing of what it has said is still to be sent. */
  private void takeLeave() {
    ChannelPromise last = goodbye;
    goodbye = null;
    if (last != null) {
      channel.unsafe().close(last);
    }
  }

  private void forget() {
    cancel();
    channel.attr(KEY).set(null);
  }

  private void cancel() {
    Future<?> waiting = timer;
    timer = null;
    if (waiting != null) {
      waiting.cancel(false);
    }
  }

  private Future<?> within(long nanos, Runnable then) {
    return channel.eventLoop().schedule(then, nanos, TimeUnit.NANOSECONDS);
  }

  /** Half of a ClientHello is all that has come. */
  private final class TooLate implements Runnable {
    @Override
    public void run() {
      abort();
    }
  }

  /** What the application has said is on its way. */
  private static final class Goodbye implements Runnable {
    private final Encrypted tls;
    private final ChannelPromise promise;

    Goodbye(Encrypted tls, ChannelPromise promise) {
      this.tls = tls;
      this.promise = promise;
    }

    @Override
    public void run() {
      try {
        tls.close(promise);
      } catch (Throwable t) {
        Bridge.fault(t);
      }
    }
  }

  /** The client waits for the server to speak: it is none of the mesh's. */
  private final class SpeaksFirst implements Runnable {
    private final ChannelHandlerContext head;

    SpeaksFirst(ChannelHandlerContext head) {
      this.head = head;
    }

    @Override
    public void run() {
      timer = null;
      try {
        if (first != null || tls != null || !portIsOpen(head)) {
          return;
        }
        Listener listener = port.listener();
        if (listener == null || serve(listener, null, !Speaks.http(channel.pipeline()))) {
          plaintext(head);
        } else {
          abort();
        }
      } catch (Throwable t) {
        fault(t);
      }
    }
  }
}

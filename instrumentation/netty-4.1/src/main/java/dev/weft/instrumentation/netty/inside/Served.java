package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Listener;
import io.netty.channel.Channel;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose requests are asked about: what they have in common, and what the codecs keep
 * of it. Used on its event loop.
 */
final class Served {
  private static final AttributeKey<Served> KEY = AttributeKey.valueOf("dev.weft.served");

  private final Listener listener;
  private final @Nullable SSLSession session;
  private final @Nullable InetAddress source;

  /** What is kept of HTTP/1.1; null if nothing of it has come. */
  @Nullable Object http1;

  /** The same of HTTP/2. */
  @Nullable Object http2;

  /** Something that was read is on its way up, on the event loop. */
  private boolean reading;

  private @Nullable Exchange running;
  private @Nullable Object entered;

  private Served(Listener listener, @Nullable SSLSession session, @Nullable InetAddress source) {
    this.listener = listener;
    this.session = session;
    this.source = source;
  }

  /**
   * Says that from now on requests come in by this channel.
   *
   * @param session of mesh TLS; null for any other
   */
  static Served begin(Channel channel, Listener listener, @Nullable SSLSession session) {
    InetAddress source =
        channel.remoteAddress() instanceof InetSocketAddress
            ? ((InetSocketAddress) channel.remoteAddress()).getAddress()
            : null;
    Served served = new Served(listener, session, source);
    channel.attr(KEY).set(served);
    return served;
  }

  /** Null if nobody is to be asked about what comes by this channel. */
  static @Nullable Served of(Channel channel) {
    if (!channel.hasAttr(KEY)) {
      return null;
    }
    Attribute<Served> place = channel.attr(KEY);
    return place.get();
  }

  Listener listener() {
    return listener;
  }

  /** Of mesh TLS; null for any other. */
  @Nullable SSLSession session() {
    return session;
  }

  /** Where the connection comes from; null if that is not known. */
  @Nullable InetAddress source() {
    return source;
  }

  /** What was read goes up the pipeline now; to be followed by {@link #leave}. */
  void reading() {
    reading = true;
  }

  /**
   * As {@link #enter}, if it is sure that this thread comes back to {@link #leave}: whoever reads
   * elsewhere, or hands on later what was read, does it for nobody.
   */
  void enterIfReading(Channel channel, Exchange exchange) {
    if (reading && channel.eventLoop().inEventLoop()) {
      enter(exchange);
    }
  }

  /** What the loop does from now on, it does for this request; until {@link #leave}. */
  void enter(Exchange exchange) {
    if (running != exchange) {
      Exchange before = running;
      if (before != null) {
        before.leave(entered);
      }
      running = exchange;
      entered = exchange.enter();
    }
  }

  /** The loop works for none of these requests any longer. */
  void leave() {
    reading = false;
    Exchange last = running;
    if (last != null) {
      running = null;
      last.leave(entered);
      entered = null;
    }
  }
}

package dev.weft.instrumentation.netty.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Listener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A server's channel, as the mesh is told of it. It is opened on a thread of its own if the mesh
 * has yet to start, which takes too long for an event loop; connections wait for that. Safe for use
 * by any thread.
 */
final class Port implements Runnable, ChannelFutureListener {
  private static final AttributeKey<Port> KEY = AttributeKey.valueOf("dev.weft.port");

  private final InetSocketAddress bound;
  private final List<Runnable> waiting = new ArrayList<>();
  private boolean opened;
  private boolean closed;
  private @Nullable Listener listener;
  private @Nullable Listener ownTls;

  private Port(InetSocketAddress bound) {
    this.bound = bound;
  }

  /** That of a server's channel; null if it has none. */
  static @Nullable Port find(Channel server) {
    return server.hasAttr(KEY) ? server.attr(KEY).get() : null;
  }

  /** The same, made if need be, once it is bound. */
  static @Nullable Port of(Channel server) {
    Attribute<Port> place = server.attr(KEY);
    Port known = place.get();
    if (known != null) {
      return known;
    }
    if (!(server.localAddress() instanceof InetSocketAddress)) {
      return null; // in this process, or on this machine, only
    }
    Port made = new Port((InetSocketAddress) server.localAddress());
    Port before = place.setIfAbsent(made);
    if (before != null) {
      return before;
    }
    server.closeFuture().addListener(made);
    Bridge.aside(made);
    return made;
  }

  /** The mesh has started, or there is none. */
  @Override
  public void run() {
    Listener made = Bridge.open("netty", bound, false);
    List<Runnable> next;
    synchronized (this) {
      listener = made;
      opened = true;
      if (closed && made != null) {
        made.close();
      }
      next = new ArrayList<>(waiting);
      waiting.clear();
    }
    for (Runnable each : next) {
      try {
        each.run();
      } catch (RejectedExecutionException e) {
        // Its event loop has ended, and the connection with it.
      }
    }
  }

  /**
   * Whether it is known who is to be asked.
   *
   * @param later run once it is, by any thread, if it is not now
   */
  synchronized boolean opened(Runnable later) {
    if (!opened) {
      waiting.add(later);
    }
    return opened;
  }

  /** Whom to ask about connections in plaintext and in mesh TLS; null if the mesh has no say. */
  synchronized @Nullable Listener listener() {
    return listener;
  }

  /**
   * As {@link #listener}, of connections with a TLS of the application's own. That a port has one
   * shows with its first connection; the mesh then hears of it anew, and leads no calls there.
   */
  synchronized @Nullable Listener ownTls() {
    Listener before = listener;
    if (ownTls == null && before != null && !closed) {
      before.close();
      ownTls = Bridge.open("netty", bound, true);
    }
    return ownTls == null ? before : ownTls;
  }

  /** It is closed. */
  @Override
  public synchronized void operationComplete(ChannelFuture done) {
    closed = true;
    Listener last = ownTls == null ? listener : ownTls;
    if (last != null) {
      last.close();
    }
  }
}

package dev.weft.coordinator.mesh;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections that have not said who they are. There is always room for the next: beyond a
 * bound the one that has shown least, and of those the oldest, makes room for it. So who opens many
 * drives out his own, and silent ones never those that come to say something. Safe for use by any
 * thread.
 *
 * <p>A source is an address, or the network of 64 bits of an IPv6 address. Loopback is every agent
 * of this machine, a thousand of which may start at once: it may take all the room there is.
 */
final class Strangers {
  /** How much a connection has shown. */
  enum Stage {
    /** Not even a ClientHello, which everybody who means it sends at once. */
    SILENT,
    /** It has sent one, and waits for its turn. */
    WAITING,
    SHAKING_HANDS,
    /** It has asked to join and waits for us. */
    JOINING
  }

  private final int most;
  private final int mostOfASource;

  /** By address, as {@link #source} gives it; as many as there are strangers at most. */
  private final Map<Object, Source> sources = new HashMap<>();

  private int size;

  Strangers(int most, int mostOfASource) {
    this.most = most;
    this.mostOfASource = mostOfASource;
  }

  /** One source's, in the order in which they came. */
  private static final class Source {
    final Map<Stage, Set<Stranger>> strangers = new EnumMap<>(Stage.class);
    int size;

    Source() {
      for (Stage stage : Stage.values()) {
        strangers.put(stage, new LinkedHashSet<>());
      }
    }

    @Nullable Stranger first(Stage stage) {
      Set<Stranger> all = strangers.getOrDefault(stage, Set.of());
      return all.isEmpty() ? null : all.iterator().next();
    }

    @Nullable Stranger leastShown() {
      for (Stage stage : Stage.values()) {
        Stranger first = first(stage);
        if (first != null) {
          return first;
        }
      }
      return null;
    }
  }

  /** One connection, until it leaves. */
  final class Stranger {
    private final Object source;
    private final Runnable close;
    private Stage stage = Stage.SILENT;
    private boolean gone;

    private Stranger(Object source, Runnable close) {
      this.source = source;
      this.close = close;
    }

    /** It has shown more. */
    void advance(Stage to) {
      synchronized (Strangers.this) {
        if (!gone) {
          remove(this);
          stage = to;
          add(this);
        }
      }
    }

    /** It has said who it is, or is closed; more than once does no harm. */
    void leave() {
      synchronized (Strangers.this) {
        if (!gone) {
          gone = true;
          remove(this);
        }
      }
    }
  }

  /**
   * Takes one more.
   *
   * @param close ends it, when another one needs its place
   */
  Stranger admit(@Nullable SocketAddress from, Runnable close) {
    Object source = source(from);
    Stranger admitted = new Stranger(source, close);
    Stranger evicted = null;
    synchronized (this) {
      Source own = sources.get(source);
      if (own != null && !isLoopback(from) && own.size >= mostOfASource) {
        evicted = own.leastShown();
      } else if (size >= most) {
        evicted = leastShown();
      }
      if (evicted != null) {
        evicted.gone = true;
        remove(evicted);
      }
      add(admitted);
    }
    if (evicted != null) {
      evicted.close.run();
    }
    return admitted;
  }

  synchronized int size() {
    return size;
  }

  /** Of the lowest stage that there is, from the source that has most in it. */
  private @Nullable Stranger leastShown() {
    for (Stage stage : Stage.values()) {
      Source greediest = null;
      int most = 0;
      for (Source one : sources.values()) {
        int its = one.strangers.getOrDefault(stage, Set.of()).size();
        if (its > most) {
          greediest = one;
          most = its;
        }
      }
      if (greediest != null) {
        return greediest.first(stage);
      }
    }
    return null;
  }

  private void add(Stranger one) {
    Source source = sources.computeIfAbsent(one.source, any -> new Source());
    source.strangers.getOrDefault(one.stage, Set.of()).add(one);
    source.size++;
    size++;
  }

  private void remove(Stranger one) {
    Source source = sources.get(one.source);
    if (source != null && source.strangers.getOrDefault(one.stage, Set.of()).remove(one)) {
      size--;
      if (--source.size == 0) {
        sources.remove(one.source);
      }
    }
  }

  private static boolean isLoopback(@Nullable SocketAddress from) {
    return from instanceof InetSocketAddress inet && inet.getAddress().isLoopbackAddress();
  }

  /** Whom a connection counts as. */
  static Object source(@Nullable SocketAddress from) {
    if (!(from instanceof InetSocketAddress inet)) {
      return ""; // closed already
    }
    InetAddress address = inet.getAddress();
    return address instanceof Inet6Address ? ByteBuffer.wrap(address.getAddress(), 0, 8) : address;
  }
}

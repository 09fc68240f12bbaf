package dev.weft.proxy.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one side of the proxy on one event loop, and the bytes that are held for them.
 * Where there are too many of either, somebody is let go: those first who have asked for nothing,
 * the eldest of them first. For one event loop; a step costs no more the more connections there
 * are, but for a source that has its share, which looks for one of its own.
 */
final class Crowd {
  /** A connection, as far as it matters here. */
  interface Member {
    /** How many bytes are held for it at this moment. */
    long held();

    /** Whether a request of its is under way. */
    boolean asking();

    /** Closes it. */
    void letGo();
  }

  /** Where a member stands; one for each connection. */
  static final class Place {
    private final Member member;
    private final @Nullable Object source;
    private @Nullable Line line;
    private Place before = this;
    private Place after = this;
    private long bytes;
    private boolean known;

    /**
     * @param source whose it is, to be compared with others; null: it shares with nobody
     */
    Place(Member member, @Nullable Object source) {
      this.member = member;
      this.source = source;
    }
  }

  /** Those who are in the same state, the eldest first: a ring, with an anchor at no place. */
  private static final class Line {
    private final Place anchor = new Place(NOBODY, null);
    private int size;

    @Nullable Place eldest() {
      return anchor.after == anchor ? null : anchor.after;
    }
  }

  private static final Member NOBODY =
      new Member() {
        @Override
        public long held() {
          return 0;
        }

        @Override
        public boolean asking() {
          return false;
        }

        @Override
        public void letGo() {}
      };

  /** A request of an ordinary size; what all of them hold together is little. */
  static final long SMALL = 16 * 1024;

  /** If at least this part waits between two requests, the eldest of them makes room. */
  private static final int IDLE_SHARE = 4;

  private final int maxMembers;
  private final int maxOfSource;
  private final long maxHeld;
  private final long maxKept;

  /** Have asked for nothing yet. */
  private final Line fresh = new Line();

  /** Something of a request has come, and not enough; or of a handshake. */
  private final Line unfinished = new Line();

  /** Between two requests. */
  private final Line idle = new Line();

  /** A request is under way, and much is held for it: much wants to be taken by somebody slow. */
  private final Line slow = new Line();

  /** A request is under way. */
  private final Line busy = new Line();

  /** How many members each source has. */
  private final Map<Object, Integer> sources = new HashMap<>();

  private int members;
  private long held;
  private long kept;

  /**
   * @param maxMembers connections
   * @param maxOfSource connections of one source, so that it cannot keep all others out
   * @param maxHeld bytes of heads, of bodies and answers on their way
   * @param maxKept bytes of bodies that may be sent again
   */
  Crowd(int maxMembers, int maxOfSource, long maxHeld, long maxKept) {
    this.maxMembers = maxMembers;
    this.maxOfSource = maxOfSource;
    this.maxHeld = maxHeld;
    this.maxKept = maxKept;
  }

  /**
   * Whose a connection is: an address, of IPv6 its network of 64 bits, within which anybody may
   * have any number. Null of this machine, where one address is everybody's.
   */
  static @Nullable Object source(@Nullable SocketAddress from) {
    if (!(from instanceof InetSocketAddress inet) || inet.getAddress().isLoopbackAddress()) {
      return null;
    }
    InetAddress address = inet.getAddress();
    return address instanceof Inet6Address ? ByteBuffer.wrap(address.getAddress(), 0, 8) : address;
  }

  int members() {
    return members;
  }

  long held() {
    return held;
  }

  /**
   * One more; whoever has waited longest makes room. For a source that has its share, one of its
   * own.
   *
   * @return whether there is room
   */
  boolean enter(Place place) {
    boolean hasItsShare =
        place.source != null && sources.getOrDefault(place.source, 0) >= maxOfSource;
    if (hasItsShare || members >= maxMembers) {
      Object whose = hasItsShare ? place.source : null;
      Place eldest = first(whose, fresh, unfinished, slow);
      if (eldest == null && IDLE_SHARE * idle.size >= maxMembers) {
        eldest = first(whose, idle);
      }
      if (eldest == null) {
        return false; // a few who wait between two requests are not what is too much
      }
      let(eldest);
    }
    members++;
    if (place.source != null) {
      sources.merge(place.source, 1, Integer::sum);
    }
    move(place, fresh);
    return true;
  }

  /** It has closed. */
  void leave(Place place) {
    if (place.line != null) {
      members--;
      if (place.source != null) {
        sources.computeIfPresent(place.source, (source, size) -> size == 1 ? null : size - 1);
      }
      held -= place.bytes;
      place.bytes = 0;
      unlink(place);
    }
  }

  /** What is held for it, or what it does, may have changed. */
  void changed(Place place) {
    if (place.line == null) {
      return;
    }
    update(place);
    while (held > maxHeld) {
      Place slowest = slow.eldest();
      if (slowest != null) {
        update(slowest); // nobody may have told of what has been taken since
      }
      Place eldest = held > maxHeld ? first(null, unfinished, slow) : null;
      if (eldest == null) {
        return;
      }
      let(eldest);
    }
  }

  /** Whether a body of this size may be kept; if so, it is to be {@link #forget forgotten} once. */
  boolean keep(long bytes) {
    if (kept + bytes > maxKept) {
      return false;
    }
    kept += bytes;
    return true;
  }

  void forget(long bytes) {
    kept -= bytes;
  }

  private void update(Place place) {
    long now = place.member.held();
    held += now - place.bytes;
    place.bytes = now;
    boolean asks = place.member.asking();
    place.known |= asks;
    Line next =
        asks ? (now > SMALL ? slow : busy) : now > 0 ? unfinished : place.known ? idle : fresh;
    if (next != place.line) {
      move(place, next);
    }
  }

  private void let(Place place) {
    leave(place);
    place.member.letGo();
  }

  /** The eldest, of this source; null: of anybody. */
  private static @Nullable Place first(@Nullable Object source, Line... lines) {
    for (Line line : lines) {
      Place eldest = line.anchor.after;
      while (eldest != line.anchor && source != null && !source.equals(eldest.source)) {
        eldest = eldest.after;
      }
      if (eldest != line.anchor) {
        return eldest;
      }
    }
    return null;
  }

  private static void move(Place place, Line line) {
    if (place.line != null) {
      unlink(place);
    }
    place.line = line;
    line.size++;
    place.before = line.anchor.before;
    place.after = line.anchor;
    place.before.after = place;
    line.anchor.before = place;
  }

  private static void unlink(Place place) {
    Line line = place.line;
    if (line != null) {
      line.size--;
    }
    place.before.after = place.after;
    place.after.before = place.before;
    place.before = place;
    place.after = place;
    place.line = null;
  }
}

package dev.weft.proxy.net;

import org.jspecify.annotations.Nullable;

/**
 * The connections of one side of the proxy on one event loop, and the bytes that are held for them.
 * Where there are too many of either, somebody is let go: those first who have asked for nothing,
 * the eldest of them first. For one event loop; a step costs no more the more connections there
 * are, and allocates nothing.
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
    private @Nullable Line line;
    private Place before = this;
    private Place after = this;
    private long bytes;
    private boolean known;

    Place(Member member) {
      this.member = member;
    }
  }

  /** Those who are in the same state, the eldest first: a ring, with an anchor at no place. */
  private static final class Line {
    private final Place anchor = new Place(NOBODY);
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

  private int members;
  private long held;
  private long kept;

  /**
   * @param maxMembers connections
   * @param maxHeld bytes of heads, of bodies and answers on their way
   * @param maxKept bytes of bodies that may be sent again
   */
  Crowd(int maxMembers, long maxHeld, long maxKept) {
    this.maxMembers = maxMembers;
    this.maxHeld = maxHeld;
    this.maxKept = maxKept;
  }

  int members() {
    return members;
  }

  long held() {
    return held;
  }

  /**
   * One more; whoever has waited longest makes room.
   *
   * @return whether there is room
   */
  boolean enter(Place place) {
    if (members >= maxMembers) {
      Place eldest = first(fresh, unfinished, slow);
      if (eldest == null && IDLE_SHARE * idle.size >= maxMembers) {
        eldest = idle.eldest();
      }
      if (eldest == null) {
        return false; // a few who wait between two requests are not what is too much
      }
      let(eldest);
    }
    members++;
    move(place, fresh);
    return true;
  }

  /** It has closed. */
  void leave(Place place) {
    if (place.line != null) {
      members--;
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
      Place eldest = held > maxHeld ? first(unfinished, slow) : null;
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

  private static @Nullable Place first(Line... lines) {
    for (Line line : lines) {
      Place eldest = line.eldest();
      if (eldest != null) {
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

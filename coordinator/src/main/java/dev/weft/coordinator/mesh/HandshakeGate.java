package dev.weft.coordinator.mesh;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Few handshakes at a time: those that have begun are finished, and those that wait cost nothing
 * but their ClientHello. When a thousand agents come back at once and all handshakes are begun,
 * none is done in time, and all work is lost.
 *
 * <p>Sources have turns one after the other, so that who comes with many waits for his own. Who
 * holds a place for long without ending it is to be passed over by the one who let him in: his
 * handshake may go on, his place is another's. Safe for use by any thread.
 */
final class HandshakeGate {
  /** One handshake, from its ClientHello on. */
  final class Turn {
    private final Object source;
    private final Consumer<Turn> begin;
    private boolean begun;
    private boolean over;

    private Turn(Object source, Consumer<Turn> begin) {
      this.source = source;
      this.begin = begin;
    }

    /** It is done, or needs its place no more; more than once does no harm. */
    void end() {
      Turn next;
      synchronized (HandshakeGate.this) {
        if (over) {
          return;
        }
        over = true;
        if (begun) {
          underWay--;
        } else {
          leave(this);
        }
        next = next();
      }
      run(next);
    }
  }

  private final int most;
  private int underWay;

  /** In the order of their turns: who comes next first. Each has one that waits at least. */
  private final Map<Object, Set<Turn>> waiting = new LinkedHashMap<>();

  /**
   * @param most that are under way at a time
   */
  HandshakeGate(int most) {
    this.most = most;
  }

  /**
   * Begins a handshake, or has it wait.
   *
   * @param source that it comes from
   * @param begin runs on whichever thread finds that there is room; is to do nothing but hand on
   */
  Turn enter(Object source, Consumer<Turn> begin) {
    Turn turn = new Turn(source, begin);
    Turn next;
    synchronized (this) {
      waiting.computeIfAbsent(source, any -> new LinkedHashSet<>()).add(turn);
      next = next();
    }
    run(next);
    return turn;
  }

  /** How many wait. */
  synchronized int waiting() {
    return waiting.values().stream().mapToInt(Set::size).sum();
  }

  private void leave(Turn turn) {
    Set<Turn> its = waiting.get(turn.source);
    if (its != null && its.remove(turn) && its.isEmpty()) {
      waiting.remove(turn.source);
    }
  }

  private @Nullable Turn next() {
    if (underWay >= most || waiting.isEmpty()) {
      return null;
    }
    Iterator<Map.Entry<Object, Set<Turn>>> sources = waiting.entrySet().iterator();
    Map.Entry<Object, Set<Turn>> first = sources.next();
    sources.remove();
    Object source = first.getKey();
    Set<Turn> its = first.getValue();
    Iterator<Turn> turns = its.iterator();
    Turn next = turns.next();
    turns.remove();
    if (!its.isEmpty()) {
      waiting.put(source, its); // behind the others
    }
    underWay++;
    next.begun = true;
    return next;
  }

  private static void run(@Nullable Turn turn) {
    if (turn != null) {
      try {
        turn.begin.accept(turn);
      } catch (RejectedExecutionException e) {
        turn.end(); // its loop has ended
      }
    }
  }
}

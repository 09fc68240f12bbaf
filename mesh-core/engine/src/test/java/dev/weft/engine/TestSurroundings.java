package dev.weft.engine;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A clock that moves when it is told to, timers that go by it, and seeded chance. */
public final class TestSurroundings {
  private record Due(Runnable task, long at, long order) {}

  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
  private final Random random = new Random(7);
  private volatile long now = 1_000_000_000_000L;
  private volatile @Nullable Error failing;
  private long order;

  public Surroundings get() {
    return new Surroundings(this::now, this::schedule, this::random);
  }

  /** The same, with somebody who asks endpoints how they are. */
  public Surroundings asking(Surroundings.Prober prober) {
    return new Surroundings(this::now, this::schedule, this::random, prober);
  }

  public long now() {
    Error error = failing;
    if (error != null) {
      throw error;
    }
    return now;
  }

  /** Whoever asks for the time gets this; null: the time again. */
  public void fail(@Nullable Error error) {
    failing = error;
  }

  /** Lets time pass; what falls due on the way is run at its own time. */
  public void advance(long nanos) {
    long until = now + nanos;
    for (Due next = due(until); next != null; next = due(until)) {
      now = Math.max(now, next.at);
      next.task.run();
    }
    now = until;
  }

  public int random(int bound) {
    return random.nextInt(bound);
  }

  /** Timers that are still to come. */
  public synchronized int timers() {
    return timers.size();
  }

  private synchronized void schedule(Runnable task, long delayNanos) {
    timers.add(new Due(task, now + delayNanos, order++));
  }

  private synchronized Due due(long until) {
    Due first = timers.peek();
    return first == null || first.at > until ? null : timers.poll();
  }
}

package dev.weft.engine.health;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.util.concurrent.TimeUnit;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Leaves one endpoint alone after N failures in a row: a Resilience4j circuit breaker, and the
 * timer that lists the endpoint again. Made at an endpoint's first failure; those that never fail
 * need none.
 *
 * <p>Resilience4j counts every outcome that it is told while half open. So it is told, under one
 * lock, only what it gave a permit for: while ejected or on probation the outcome of the one {@link
 * Probe}, otherwise outcomes of attempts that end while the breaker is closed. Late ones say
 * nothing.
 *
 * <p>Thread-safe. State changes under the lock; the state is read without.
 */
public final class Ejector {
  /** Where the endpoint stands. */
  public enum State {
    IN,
    OUT,
    /** One attempt may find out. */
    PROBE
  }

  /** What all the ejectors of a Service have in common. */
  public interface Circle {
    /** Whether one more may be ejected. Asked under the lock of the ejectors. */
    boolean spares(Ejector one);

    /** A state has changed. */
    void changed();
  }

  /**
   * A probe that has not ended after this long (a long poll, a stream) does not keep others from
   * trying.
   */
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** Our timer is never earlier than Resilience4j's own idea of when the time is over. */
  private static final long SLACK_NANOS = 2_000_000L;

  private final ObjLongConsumer<Runnable> timer;
  private final Object lock;
  private @Nullable CircuitBreaker breaker;
  private @Nullable EjectionRule rule;
  private int ejections;
  private volatile boolean failing;
  private volatile State state = State.IN;
  private volatile @Nullable Probe probe;

  /**
   * @param timer runs a task after so many nanoseconds; never throws
   * @param lock shared by those of which only so many may be out
   */
  public Ejector(ObjLongConsumer<Runnable> timer, Object lock) {
    this.timer = timer;
    this.lock = lock;
  }

  public State state() {
    return state;
  }

  /** An ordinary attempt went well. */
  public void succeeded() {
    // A success after a success cannot change what N failures in a row means.
    if (!failing) {
      return;
    }
    synchronized (lock) {
      if (failing && state == State.IN && breaker != null) {
        failing = false;
        breaker.onSuccess(0, TimeUnit.NANOSECONDS);
      }
    }
  }

  /**
   * An ordinary attempt failed.
   *
   * @param now as of the rule that counts; a run of failures is counted by the one of its first
   */
  public void failed(EjectionRule now, Circle circle) {
    synchronized (lock) {
      if (state != State.IN) {
        return;
      }
      CircuitBreaker counting = breaker;
      if (counting == null || (!failing && rule != now)) {
        counting = now.newBreaker();
        breaker = counting;
        rule = now;
      }
      failing = true;
      counting.onError(0, TimeUnit.NANOSECONDS, Failed.FAILED);
      if (counting.getState() != CircuitBreaker.State.CLOSED) {
        if (circle.spares(this)) {
          eject(circle);
        } else {
          counting.reset();
        }
      }
    }
  }

  /** Takes the one permit of a probation; null if there is none to be had. */
  public @Nullable Probe tryProbe(long nowNanos, Circle circle) {
    if (state != State.PROBE || isHeld(probe, nowNanos)) {
      return null;
    }
    synchronized (lock) {
      Probe before = probe;
      CircuitBreaker asked = breaker;
      if (state != State.PROBE || asked == null || isHeld(before, nowNanos)) {
        return null;
      }
      if (before != null) {
        before.end();
      }
      if (!asked.tryAcquirePermission()) {
        return null;
      }
      Probe made = new Probe(nowNanos, circle);
      probe = made;
      return made;
    }
  }

  private static boolean isHeld(@Nullable Probe probe, long nowNanos) {
    return probe != null && nowNanos - probe.since < PATIENCE_NANOS;
  }

  private void eject(Circle circle) {
    EjectionRule counting = rule;
    if (counting == null) {
      return;
    }
    ejections++;
    state = State.OUT;
    circle.changed();
    timer.accept(() -> putOnProbation(circle), counting.nanos(ejections) + SLACK_NANOS);
  }

  private void putOnProbation(Circle circle) {
    synchronized (lock) {
      if (state == State.OUT) {
        state = State.PROBE;
        circle.changed();
      }
    }
  }

  /** The attempt that finds out. Exactly one of its three methods counts, the first. */
  public final class Probe {
    private final long since;
    private final Circle circle;
    private boolean over;

    Probe(long since, Circle circle) {
      this.since = since;
      this.circle = circle;
    }

    /** It went well: the endpoint is as good as any. */
    public void succeeded() {
      synchronized (lock) {
        CircuitBreaker told = take();
        if (told != null) {
          told.onSuccess(0, TimeUnit.NANOSECONDS);
          ejections = 0;
          failing = false;
          state = State.IN;
          circle.changed();
        }
      }
    }

    /** It failed: the endpoint is left alone for twice as long. */
    public void failed() {
      synchronized (lock) {
        CircuitBreaker told = take();
        if (told != null) {
          told.onError(0, TimeUnit.NANOSECONDS, Failed.FAILED);
          eject(circle);
        }
      }
    }

    /** It found nothing out: the permit is free for another. */
    public void released() {
      synchronized (lock) {
        end();
      }
    }

    private void end() {
      CircuitBreaker told = take();
      if (told != null) {
        told.releasePermission();
      }
    }

    private @Nullable CircuitBreaker take() {
      if (over) {
        return null;
      }
      over = true;
      probe = null;
      return breaker;
    }
  }
}

package dev.weft.runtime;

import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;

/**
 * Counts requests in flight, and waits for the last one, and for those that are about to come:
 * whoever picked us just before it heard that we leave may still be shaking hands. Thread-safe.
 */
public final class Drain {
  /** Handshakes beyond this are not waited for. */
  private static final int MAX_HANDSHAKES = 1024;

  /** What an engine's session has until the handshake is over. */
  private static final String NO_SUITE_YET = "SSL_NULL_WITH_NULL_NULL";

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Engines of handshakes under way; those of connections that were given up vanish. */
  private final Set<SSLEngine> handshakes = Collections.newSetFromMap(new WeakHashMap<>());

  private int inFlight;
  private long arrivals;
  private boolean acknowledged;

  /** A connection begins its handshake; its end is seen by looking. */
  public void handshake(SSLEngine engine) {
    lock.lock();
    try {
      arrivals++;
      if (handshakes.size() >= MAX_HANDSHAKES / 2) {
        handshakes.removeIf(Drain::isOver);
      }
      if (handshakes.size() < MAX_HANDSHAKES) {
        handshakes.add(engine);
      }
    } finally {
      lock.unlock();
    }
  }

  public void begin() {
    lock.lock();
    try {
      inFlight++;
      arrivals++;
    } finally {
      lock.unlock();
    }
  }

  public void end() {
    lock.lock();
    try {
      inFlight--;
      if (inFlight <= 0) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Every caller has heard that we are draining. */
  public void acknowledged() {
    lock.lock();
    try {
      acknowledged = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the acknowledgement came in time. */
  public boolean awaitAcknowledged(Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!acknowledged && left > 0) {
        left = changed.awaitNanos(left);
      }
      return acknowledged;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until no handshake has been under way, and neither a connection nor a request has come,
   * for a while.
   */
  public void awaitQuiet(Duration quiet, Duration atMost) throws InterruptedException {
    long start = System.nanoTime();
    long last = start;
    lock.lockInterruptibly();
    try {
      long seen = arrivals;
      for (long now = start;
          now - last < quiet.toNanos() && now - start < atMost.toNanos();
          now = System.nanoTime()) {
        handshakes.removeIf(Drain::isOver);
        if (arrivals != seen || !handshakes.isEmpty()) {
          seen = arrivals;
          last = now;
        }
        // An acknowledgement or the end of a request may wake us early: we only look again.
        long unused = changed.awaitNanos(LOOK_NANOS);
      }
    } finally {
      lock.unlock();
    }
  }

  private static boolean isOver(SSLEngine engine) {
    return engine.isInboundDone()
        || engine.isOutboundDone()
        || !engine.getSession().getCipherSuite().equals(NO_SUITE_YET);
  }

  /** Returns how many requests are still in flight when it gives up, 0 if none. */
  public int awaitIdle(Duration atMost) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(atMost.toMillis());
    lock.lockInterruptibly();
    try {
      while (inFlight > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      return Math.max(0, inFlight);
    } finally {
      lock.unlock();
    }
  }
}

package dev.weft.runtime;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts requests in flight, and waits for the last one. Thread-safe. */
public final class Drain {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int inFlight;
  private boolean acknowledged;

  public void begin() {
    lock.lock();
    try {
      inFlight++;
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

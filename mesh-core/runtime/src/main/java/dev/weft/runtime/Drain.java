package dev.weft.runtime;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Counts requests, and waits for the last one. Thread-safe; costs a request next to nothing. */
public final class Drain {
  private static final long GLANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final LongSupplier nanoTime;
  private final LongConsumer pause;
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final CountDownLatch acknowledged = new CountDownLatch(1);
  private volatile boolean closing;

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param pause waits for so many nanoseconds; as {@link
   *     java.util.concurrent.locks.LockSupport#parkNanos(long)}
   */
  public Drain(LongSupplier nanoTime, LongConsumer pause) {
    this.nanoTime = nanoTime;
    this.pause = pause;
  }

  public void begin() {
    begun.increment();
  }

  public void end() {
    ended.increment();
  }

  /** Every caller has heard that we are draining. */
  public void acknowledged() {
    acknowledged.countDown();
  }

  /** Returns whether the acknowledgement came in time. */
  public boolean awaitAcknowledged(Duration atMost) throws InterruptedException {
    return acknowledged.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Whether new mesh connections are to be turned away before their handshake: callers then know
   * that nothing of their request was taken, and send it elsewhere, also if they have not heard
   * that we leave.
   */
  public boolean closing() {
    return closing;
  }

  /**
   * Turns new connections away, and waits until no request is in flight and none has come for a
   * while.
   *
   * @param quiet for so long: whoever picked us just before it heard is still connecting, or
   *     writing its request
   * @return how many requests are still in flight when it gives up, 0 if none
   */
  public long close(Duration quiet, Duration atMost) throws InterruptedException {
    closing = true;
    long start = nanoTime.getAsLong();
    long quietSince = start;
    long seen = -1;
    for (; ; ) {
      // In this order: a request that comes in between is counted as in flight, never the reverse.
      long over = ended.sum();
      long come = begun.sum();
      long now = nanoTime.getAsLong();
      if (come != seen || come > over) {
        seen = come;
        quietSince = now;
      }
      if (now - quietSince >= quiet.toNanos() || now - start >= atMost.toNanos()) {
        return Math.max(0, come - over);
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      pause.accept(GLANCE_NANOS);
    }
  }
}

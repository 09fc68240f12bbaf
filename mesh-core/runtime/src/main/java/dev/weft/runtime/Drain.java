package dev.weft.runtime;

import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLEngine;

/**
 * Counts requests, and waits for the last one, and for those that are about to come: whoever picked
 * us just before it heard that we leave may still be shaking hands. Thread-safe; costs a request
 * next to nothing.
 */
public final class Drain {
  private static final long GLANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** Handshakes beyond this are not waited for. */
  private static final int MAX_HANDSHAKES = 1024;

  /** What an engine's session has until the handshake is over. */
  private static final String NO_SUITE_YET = "SSL_NULL_WITH_NULL_NULL";

  private final LongSupplier nanoTime;
  private final LongConsumer pause;
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final CountDownLatch acknowledged = new CountDownLatch(1);
  private volatile boolean closing;

  /** Engines of handshakes under way; those of connections that were given up vanish. */
  private final Set<SSLEngine> handshakes =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param pause waits for so many nanoseconds; as {@link
   *     java.util.concurrent.locks.LockSupport#parkNanos(long)}
   */
  public Drain(LongSupplier nanoTime, LongConsumer pause) {
    this.nanoTime = nanoTime;
    this.pause = pause;
  }

  /** A request has come in. */
  public void begin() {
    begun.increment();
  }

  /** It has been answered, or its connection is gone. */
  public void end() {
    ended.increment();
  }

  /** A connection begins its handshake; its end is seen by looking. */
  public void handshake(SSLEngine engine) {
    if (handshakes.size() >= MAX_HANDSHAKES / 2) {
      handshakes.removeIf(Drain::isOver);
    }
    if (handshakes.size() < MAX_HANDSHAKES) {
      handshakes.add(engine);
    }
  }

  private static boolean isOver(SSLEngine engine) {
    return engine.isInboundDone()
        || engine.isOutboundDone()
        || !engine.getSession().getCipherSuite().equals(NO_SUITE_YET);
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
   * Turns new connections away, and waits until nothing is in flight, neither a request nor a
   * handshake, and nothing has come for a while.
   *
   * @param quiet for so long
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
      handshakes.removeIf(Drain::isOver);
      if (come != seen || come > over || !handshakes.isEmpty()) {
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

package com.example.perf;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The ways to put load on a server. All of them use at most as many connections as there are
 * callers, so that legs that are compared have equally many.
 */
final class Load {
  /** Three digits, up to one minute: nothing here waits longer. */
  private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final int DIGITS = 3;

  private final Caller caller;
  private final Runnable go;
  private final LongAdder errors = new LongAdder();

  /**
   * @param go run when the measured time begins
   */
  Load(Caller caller, Runnable go) {
    this.caller = caller;
    this.go = go;
  }

  /** Each caller calls again as soon as it was answered. */
  Outcome closed(int callers, Duration before, Duration measured) throws InterruptedException {
    long from = System.nanoTime() + before.toNanos();
    long until = from + measured.toNanos();
    Histogram[] latencies = new Histogram[callers];
    Thread[] threads = new Thread[callers];
    for (int i = 0; i < callers; i++) {
      Histogram mine = new Histogram(MAX_NANOS, DIGITS);
      latencies[i] = mine;
      threads[i] =
          new Thread(
              () -> {
                long begun = System.nanoTime();
                while (begun < until) {
                  boolean good = call("/");
                  long ended = System.nanoTime();
                  if (good && begun >= from && ended <= until) {
                    mine.recordValue(Math.min(ended - begun, MAX_NANOS));
                  }
                  begun = ended;
                }
              },
              "caller-" + i);
      threads[i].start();
    }
    sleepUntil(from);
    go.run();
    Histogram all = new Histogram(MAX_NANOS, DIGITS);
    for (int i = 0; i < callers; i++) {
      threads[i].join();
      all.add(latencies[i]);
    }
    return Outcome.of(all, measured.toNanos(), errors.sumThenReset());
  }

  /**
   * Each caller calls again as soon as it was answered, until all together have called as often as
   * the last mark says.
   *
   * @param marks rising numbers of calls that have ended
   * @param earlier gets what came up to each mark from the one before, as soon as it is reached;
   *     all but the last
   * @return the last
   */
  Outcome counted(int callers, List<Integer> marks, Consumer<Outcome> earlier)
      throws InterruptedException {
    int last = marks.get(marks.size() - 1);
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    Parts parts = new Parts();
    Thread[] threads = new Thread[callers];
    for (int i = 0; i < callers; i++) {
      threads[i] =
          new Thread(
              () -> {
                while (begun.getAndIncrement() < last) {
                  long from = System.nanoTime();
                  if (call("/")) {
                    parts.record(System.nanoTime() - from);
                  }
                  int count = answered.incrementAndGet();
                  if (count < last && marks.contains(count)) {
                    earlier.accept(parts.next());
                  }
                }
              },
              "caller-" + i);
    }
    go.run();
    parts.begin();
    for (Thread thread : threads) {
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return parts.next();
  }

  /** What came since the part before. */
  private final class Parts {
    private final Recorder latencies = new Recorder(MAX_NANOS, DIGITS);
    private long from;

    synchronized void begin() {
      from = System.nanoTime();
    }

    void record(long nanos) {
      latencies.recordValue(Math.min(nanos, MAX_NANOS));
    }

    synchronized Outcome next() {
      long until = System.nanoTime();
      Outcome part =
          Outcome.of(latencies.getIntervalHistogram(), until - from, errors.sumThenReset());
      from = until;
      return part;
    }
  }

  /**
   * Calls begin on time, whether or not those before were answered. If all callers are busy a call
   * waits for one, and its latency still counts from when it was to begin.
   */
  Outcome open(double perSecond, int callers, Duration before, Duration measured)
      throws InterruptedException {
    long interval = (long) (1e9 / perSecond);
    long begin = System.nanoTime();
    long from = begin + before.toNanos();
    long until = from + measured.toNanos();
    ConcurrentHistogram latencies = new ConcurrentHistogram(MAX_NANOS, DIGITS);
    if (caller.isAsync()) {
      openAsync(begin, from, until, interval, callers, latencies);
    } else {
      openBlocking(begin, from, until, interval, callers, latencies);
    }
    return Outcome.of(latencies, System.nanoTime() - from, errors.sumThenReset());
  }

  private void openAsync(
      long begin, long from, long until, long interval, int callers, ConcurrentHistogram latencies)
      throws InterruptedException {
    Semaphore free = new Semaphore(callers);
    boolean gone = false;
    for (long due = begin; due < until; due += interval) {
      sleepUntil(due);
      if (!gone && due >= from) {
        gone = true;
        go.run();
      }
      free.acquire();
      long intended = due;
      caller
          .callAsync("/")
          .whenComplete(
              (ignored, error) -> {
                long ended = System.nanoTime();
                if (error != null) {
                  failed(error);
                } else if (intended >= from) {
                  latencies.recordValue(Math.min(ended - intended, MAX_NANOS));
                }
                free.release();
              });
    }
    if (!free.tryAcquire(callers, MAX_NANOS, TimeUnit.NANOSECONDS)) {
      throw new IllegalStateException("calls unanswered after a minute");
    }
  }

  private void openBlocking(
      long begin, long from, long until, long interval, int callers, ConcurrentHistogram latencies)
      throws InterruptedException {
    AtomicLong next = new AtomicLong(begin);
    Thread[] threads = new Thread[callers];
    for (int i = 0; i < callers; i++) {
      threads[i] =
          new Thread(
              () -> {
                for (long due = next.getAndAdd(interval);
                    due < until;
                    due = next.getAndAdd(interval)) {
                  sleepUntil(due);
                  boolean good = call("/");
                  long ended = System.nanoTime();
                  if (good && due >= from) {
                    latencies.recordValue(Math.min(ended - due, MAX_NANOS));
                  }
                }
              },
              "caller-" + i);
      threads[i].start();
    }
    sleepUntil(from);
    go.run();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** One call after the other, each on a connection of its own. */
  Outcome connections(int count, boolean resume) {
    Histogram latencies = new Histogram(MAX_NANOS, DIGITS);
    go.run();
    long from = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long begun = System.nanoTime();
      if (call("/close")) {
        latencies.recordValue(Math.min(System.nanoTime() - begun, MAX_NANOS));
      }
      if (!resume) {
        caller.forgetSessions();
      }
    }
    return Outcome.of(latencies, System.nanoTime() - from, errors.sumThenReset());
  }

  private boolean call(String path) {
    try {
      caller.call(path);
      return true;
    } catch (Exception e) {
      failed(e);
      return false;
    }
  }

  private void failed(Throwable error) {
    errors.increment();
    if (errors.sum() <= 3) {
      error.printStackTrace();
    }
  }

  private static void sleepUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}

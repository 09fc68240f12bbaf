package dev.weft.proxy.net;

import dev.weft.drive.Drive;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One event loop with what belongs to it: connections to others, and deadlines. */
final class Worker {
  private static final long GLANCE_MILLIS = 250;

  /** Something that must not last for longer than until its deadline. */
  interface Expiring {
    /** In the terms of {@link System#nanoTime}; {@link #NEVER} for no deadline. */
    long deadline();

    void expired();
  }

  static final long NEVER = Long.MIN_VALUE;

  private final EventLoop loop;
  private final Pool pool;
  private final Drive drive;
  private final Set<Expiring> expiring = new LinkedHashSet<>();

  /**
   * @param maxIdle connections to others that wait for their next request
   * @param faults told of errors of ours in driving calls
   */
  Worker(EventLoop loop, int maxIdle, Drive drive, Consumer<Throwable> faults) {
    this.loop = loop;
    this.drive = drive.at(this::schedule, faults);
    this.pool = new Pool(this, maxIdle);
  }

  /** Begins to watch deadlines; one glance for all is cheaper than a timer a request. */
  void start() {
    loop.scheduleAtFixedRate(this::glance, GLANCE_MILLIS, GLANCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  EventLoop loop() {
    return loop;
  }

  private Runnable schedule(Runnable task, long delayNanos) {
    Future<?> pending = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    return () -> pending.cancel(false);
  }

  /** Drives calls on this loop. */
  Drive drive() {
    return drive;
  }

  Pool pool() {
    return pool;
  }

  void watch(Expiring each) {
    expiring.add(each);
  }

  void forget(Expiring each) {
    expiring.remove(each);
  }

  private void glance() {
    long now = System.nanoTime();
    for (Expiring each : new ArrayList<>(expiring)) {
      long deadline = each.deadline();
      if (deadline != NEVER && now - deadline >= 0) {
        each.expired();
      }
    }
  }
}

package dev.weft.proxy.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A timer for one thing at a time, on one event loop. */
final class OneTimer {
  private final EventLoop loop;
  private @Nullable ScheduledFuture<?> pending;

  OneTimer(EventLoop loop) {
    this.loop = loop;
  }

  /** Runs a task later, in the place of whatever else was to run. */
  void set(Runnable task, long delayNanos) {
    cancel();
    pending =
        loop.schedule(
            () -> {
              pending = null;
              task.run();
            },
            delayNanos,
            TimeUnit.NANOSECONDS);
  }

  void cancel() {
    if (pending != null) {
      pending.cancel(false);
      pending = null;
    }
  }
}

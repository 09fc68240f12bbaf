package dev.weft.coordinator.mesh;

import dev.weft.coordinator.ConfigView;
import dev.weft.coordinator.registry.Registry;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries policy from its store to the streams and to the registry's TLS modes. Changes are
 * collected: for 100 ms after the last, a second at most.
 */
public final class PolicyFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PolicyFeed.class);
  private static final long DEBOUNCE_MILLIS = 100;
  private static final long MAX_DELAY_MILLIS = 1000;

  private final ConfigView config;
  private final Hub hub;
  private final Registry registry;
  private final ScheduledExecutorService scheduler;
  private final AutoCloseable subscription;
  private @Nullable ScheduledFuture<?> pending;
  private long firstNanos;
  private @Nullable PolicyView applied;

  /**
   * Applies policy as it stands, and from then on as it changes.
   *
   * @param scheduler of one thread
   */
  public PolicyFeed(
      ConfigView config, Hub hub, Registry registry, ScheduledExecutorService scheduler) {
    this.config = config;
    this.hub = hub;
    this.registry = registry;
    this.scheduler = scheduler;
    this.subscription = config.onChange(this::changed);
    apply();
  }

  private synchronized void changed() {
    long now = System.nanoTime();
    ScheduledFuture<?> before = pending;
    if (before == null || !before.cancel(false)) {
      firstNanos = now;
    }
    long waited = TimeUnit.NANOSECONDS.toMillis(now - firstNanos);
    long delay = Math.max(0, Math.min(DEBOUNCE_MILLIS, MAX_DELAY_MILLIS - waited));
    try {
      pending = scheduler.schedule(this::run, delay, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      pending = null; // the coordinator is closing
    }
  }

  private void run() {
    synchronized (this) {
      pending = null;
    }
    try {
      apply();
    } catch (RuntimeException e) {
      // The revision before stays in force; try again, for no other change may come.
      log.error("revision of policy cannot be applied, the one before stays in force", e);
      synchronized (this) {
        if (pending == null && !scheduler.isShutdown()) {
          pending =
              scheduler.schedule(
                  this::run, Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    }
  }

  private synchronized void apply() {
    ConfigView.Snapshot snapshot = config.snapshot();
    PolicyView next = PolicyView.of(snapshot, applied);
    applied = next;
    // The registry first: an agent that learns STRICT finds the ports STRICT as well.
    registry.setPolicy(PeerAuthentications.of(snapshot));
    hub.setPolicy(next);
  }

  @Override
  public void close() {
    try {
      subscription.close();
    } catch (Exception e) {
      log.debug("subscription to policy cannot be ended", e);
    }
  }
}

package dev.weft.coordinator.mesh;

import dev.weft.coordinator.registry.Registry;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Instances that leave, and wait until everybody knows. They wait in rounds, one a service at a
 * time: whoever comes during one waits for the next, so that all who leave at once, and whoever
 * leaves again and again, cost one message to each subscriber. Thread-safe.
 */
final class Drains {
  /** Those who wait for the round that is under way, and for the one after it. */
  private static final class Rounds {
    private List<Runnable> now = new ArrayList<>();
    private List<Runnable> next = new ArrayList<>();
  }

  private final Registry registry;
  private final MeshLimits limits;
  private final Function<String, List<AgentEndpoints>> subscribers;
  private final Map<String, Rounds> services = new HashMap<>(); // guarded by itself

  Drains(Registry registry, MeshLimits limits, Function<String, List<AgentEndpoints>> subscribers) {
    this.registry = registry;
    this.limits = limits;
    this.subscribers = subscribers;
  }

  /**
   * Answers when every subscriber has taken the service as it is now, and other coordinators had
   * the time to tell theirs; after {@link MeshLimits#drain} at the latest, and as long again if a
   * round is under way.
   */
  void add(String service, EventExecutor timer, Runnable answer) {
    synchronized (services) {
      Rounds rounds = services.get(service);
      if (rounds != null) {
        rounds.next.add(answer);
        return;
      }
      rounds = new Rounds();
      rounds.now.add(answer);
      services.put(service, rounds);
    }
    begin(service, timer);
  }

  private void begin(String service, EventExecutor timer) {
    long revision = registry.view(service).revision();
    List<AgentEndpoints> all = subscribers.apply(service);
    AtomicInteger missing = new AtomicInteger(all.size() + 1);
    AtomicBoolean over = new AtomicBoolean();
    Runnable once =
        () -> {
          if (over.compareAndSet(false, true)) {
            end(service, timer);
          }
        };
    Runnable one =
        () -> {
          if (missing.decrementAndGet() == 0) {
            once.run();
          }
        };
    for (AgentEndpoints subscriber : all) {
      subscriber.whenTaken(service, revision, one);
    }
    if (registry.hasPeers()) {
      timer.schedule(one, limits.drainWithPeers().toMillis(), TimeUnit.MILLISECONDS);
    } else {
      one.run();
    }
    timer.schedule(once, limits.drain().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void end(String service, EventExecutor timer) {
    List<Runnable> answered;
    boolean again;
    synchronized (services) {
      Rounds rounds = services.get(service);
      if (rounds == null) {
        return;
      }
      answered = rounds.now;
      rounds.now = rounds.next;
      rounds.next = new ArrayList<>();
      again = !rounds.now.isEmpty();
      if (!again) {
        services.remove(service);
      }
    }
    answered.forEach(Runnable::run);
    if (again) {
      // On the loop, and not within this: a round may be over at once.
      timer.execute(() -> begin(service, timer));
    }
  }
}

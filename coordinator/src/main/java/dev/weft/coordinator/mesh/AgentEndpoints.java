package dev.weft.coordinator.mesh;

import dev.weft.coordinator.registry.ServiceView;
import dev.weft.wire.Message;
import io.netty.channel.ChannelFuture;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The services that an agent subscribed to, and what it has of each. Other threads only leave marks
 * ("this service changed"), and the loop sends what is newest when the agent can take it; all else
 * is on the channel's event loop.
 */
final class AgentEndpoints {
  /** Who waits for the agent to have taken a revision of a service. */
  private record Waiter(String service, long revision, Runnable taken) {}

  /** The view that the agent has; null: none yet. */
  private record Sent(@Nullable ServiceView view) {}

  private final AgentChannel agent;
  private final Hub hub;
  private final AgentPolicy policy;

  /** Keys are read by any thread. */
  private final Map<String, Sent> subscriptions = new ConcurrentHashMap<>();

  private final List<Waiter> waiters = new ArrayList<>();
  private boolean toldTooMany;

  // Marks, left by any thread.
  private final Set<String> dirty = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean flushScheduled = new AtomicBoolean();

  AgentEndpoints(AgentChannel agent, AgentPolicy policy) {
    this.agent = agent;
    this.hub = agent.hub();
    this.policy = policy;
  }

  /** Goes on with what the agent had when it came. */
  void resume(Message.Hello hello) {
    boolean sameEpoch = hello.epoch().equals(hub.epoch());
    hello
        .revisions()
        .forEach((service, revision) -> follow(service, sameEpoch ? revision : Long.valueOf(-1)));
    policy.push();
  }

  void subscribe(Iterable<String> services) {
    services.forEach(service -> follow(service, -1L));
    policy.push();
  }

  /**
   * @param revision that the agent has; -1: none that is known
   */
  private void follow(String service, long revision) {
    if (subscriptions.containsKey(service)) {
      return;
    }
    if (subscriptions.size() >= hub.limits().subscriptions()
        || !agent.identity().followed.tryTake(1)) {
      if (!toldTooMany) { // once: more words would not make them fewer
        toldTooMany = true;
        agent.refuse(
            "too_many",
            "subscribe: " + service + ": " + subscriptions.size() + " already; no more are taken");
      }
      return;
    }
    ServiceView known =
        revision < 0
            ? null
            : revision == 0 ? ServiceView.empty(service) : hub.registry().view(service, revision);
    subscriptions.put(service, new Sent(known));
    hub.subscribed(service, this);
    policy.follow(namespaceOf(service));
    changed(service);
  }

  void unsubscribe(String service) {
    if (subscriptions.remove(service) != null) {
      hub.unsubscribed(service, this);
      agent.identity().followed.giveBack(1);
      policy.unfollow(namespaceOf(service));
      dirty.remove(service);
      taken(service, Long.MAX_VALUE);
    }
  }

  private static String namespaceOf(String service) {
    return service.substring(0, service.indexOf('/'));
  }

  /** The agent has lost track of a service, and needs all of it. */
  void resync(String service) {
    if (subscriptions.containsKey(service)) {
      subscriptions.put(service, new Sent(null));
      changed(service);
    }
  }

  /** A service changed. Any thread. */
  void changed(String service) {
    dirty.add(service);
    scheduleFlush();
  }

  /** Sends what was held back for want of its policy. */
  void policyServed() {
    if (!dirty.isEmpty()) {
      scheduleFlush();
    }
  }

  private void scheduleFlush() {
    if (flushScheduled.compareAndSet(false, true)) {
      agent.onLoop(this::send, hub.limits().endpointsDelay().toNanos());
    }
  }

  /** Sends what is marked, as far as the agent can take it. */
  void send() {
    flushScheduled.set(false);
    Iterator<String> services = dirty.iterator();
    while (services.hasNext() && agent.isWritable()) {
      String service = services.next();
      if (!policy.isServed(namespaceOf(service))) {
        continue; // its mark stays: who can be called before it is known how, is called wrongly
      }
      services.remove(); // before it is read, so that a change in between is another mark
      Sent sent = subscriptions.get(service);
      if (sent != null) {
        send(service, sent.view());
      }
    }
  }

  private void send(String service, @Nullable ServiceView has) {
    ServiceView now = hub.registry().view(service);
    if (has != null && has.revision() == now.revision()) {
      taken(service, now.revision());
      return;
    }
    List<byte[]> payloads = hub.endpointFrames().payloads(has, now);
    if (payloads.isEmpty()) {
      taken(service, now.revision()); // its next delta still begins at what it has
      return;
    }
    subscriptions.put(service, new Sent(now));
    ChannelFuture last = null;
    for (byte[] payload : payloads) {
      // All of a service is what it asked for; a change comes by itself.
      last = has == null ? agent.answer(payload) : agent.write(payload);
    }
    if (last != null && !waiters.isEmpty()) {
      last.addListener(written -> taken(service, now.revision()));
    }
  }

  /**
   * Runs something when this revision of a service has been written to the agent, or never will be.
   * Any thread.
   */
  void whenTaken(String service, long revision, Runnable taken) {
    agent
        .netty()
        .eventLoop()
        .execute(
            () -> {
              if (agent.isClosed() || !subscriptions.containsKey(service)) {
                taken.run();
              } else {
                waiters.add(new Waiter(service, revision, taken));
                changed(service);
              }
            });
  }

  private void taken(String service, long revision) {
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.service().equals(service) && waiter.revision() <= revision) {
        waiters.remove(waiter);
        waiter.taken().run();
      }
    }
  }

  /** The services that it subscribed to, in their order. Any thread. */
  List<String> names() {
    return subscriptions.keySet().stream().sorted().toList();
  }

  /** The channel is gone. */
  void closed() {
    for (Waiter waiter : List.copyOf(waiters)) {
      waiter.taken().run();
    }
    waiters.clear();
    subscriptions.keySet().forEach(service -> hub.unsubscribed(service, this));
    agent.identity().followed.giveBack(subscriptions.size());
  }
}

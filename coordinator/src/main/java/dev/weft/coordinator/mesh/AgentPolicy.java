package dev.weft.coordinator.mesh;

import dev.weft.ca.SpiffeId;
import dev.weft.wire.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What an agent has of policy: one push after the other, each acknowledged before the next, of the
 * namespaces that concern it. On the channel's event loop, unless said otherwise.
 */
final class AgentPolicy {
  private static final int MAX_NACKS = 10;

  private final AgentChannel agent;
  private final Hub hub;
  private final Runnable servedMore;

  private final PushPlan plan = new PushPlan();
  private Deque<PushPlan.Part> parts = new ArrayDeque<>();
  private final Set<String> namespaces = new HashSet<>();
  private boolean namespacesGrew;
  private @Nullable PolicyView planned;
  private Set<String> planning = Set.of();

  /** Namespaces whose policy has been written to the agent. */
  private final Set<String> served = new HashSet<>();

  // Read by the hub's sweep and by the admin API.
  private volatile long pushed;
  private volatile long acked;
  private volatile long unackedSinceNanos;
  private volatile boolean unacked;
  private volatile List<String> nacks = List.of();

  /**
   * @param servedMore runs when the policy of further namespaces has been written
   */
  AgentPolicy(AgentChannel agent, Runnable servedMore) {
    this.agent = agent;
    this.hub = agent.hub();
    this.servedMore = servedMore;
    namespaces.add(agent.id().namespace());
    namespaces.add(SpiffeId.SYSTEM_NAMESPACE);
    namespaces.add(PolicyView.EVERYWHERE);
  }

  /** Sends the next push if none is on its way. What changes meanwhile is in the one after it. */
  void push() {
    if (agent.isClosed() || unacked || !agent.isWritable()) {
      return;
    }
    if (parts.isEmpty()) {
      PolicyView next = hub.policy();
      if (next == null || next == planned && !namespacesGrew) {
        return;
      }
      planned = next;
      namespacesGrew = false;
      planning = Set.copyOf(namespaces);
      parts = plan.advance(next, planning);
    }
    PushPlan.Part part = parts.poll();
    if (part != null) {
      pushed++;
      unacked = true;
      unackedSinceNanos = hub.nanos();
      boolean more = !parts.isEmpty();
      agent.write(new Message.Push(pushed, part.full(), part.upsert(), part.remove(), more));
    }
    if (parts.isEmpty() && served.addAll(planning)) {
      servedMore.run();
    }
  }

  /** The policy of this namespace concerns the agent from now on. */
  void concern(String namespace) {
    if (namespaces.add(namespace)) {
      namespacesGrew = true;
      push();
    }
  }

  /** Whether the agent has been sent the policy of a namespace. */
  boolean isServed(String namespace) {
    return served.contains(namespace) || hub.policy() == null;
  }

  void acknowledged(Message.Ack ack) {
    if (unacked && ack.n() == pushed) {
      unacked = false;
      acked = ack.n();
      push();
    }
  }

  void refused(Message.Nack nack) {
    List<String> all = new ArrayList<>(nacks);
    if (all.size() == MAX_NACKS) {
      all.remove(0);
    }
    all.add(AgentChannel.shortened(nack.resource() + ": " + nack.path() + ": " + nack.reason()));
    nacks = List.copyOf(all);
  }

  /** The number of the last push. Any thread. */
  long pushed() {
    return pushed;
  }

  /** The number of the last push that was acknowledged. Any thread. */
  long acked() {
    return acked;
  }

  /** How long the last push has been on its way, in ns; 0 if none is. Any thread. */
  long unackedNanos(long nowNanos) {
    return unacked ? nowNanos - unackedSinceNanos : 0;
  }

  /** What the agent could not apply, and whether it is out of sync; the last few. Any thread. */
  List<String> complaints(long nowNanos) {
    List<String> shown = new ArrayList<>(nacks);
    long waiting = unackedNanos(nowNanos);
    if (waiting > hub.limits().outOfSync().toNanos()) {
      shown.add(
          "out of sync: push "
              + pushed
              + " unacknowledged for "
              + TimeUnit.NANOSECONDS.toSeconds(waiting)
              + " s");
    }
    while (shown.size() > MAX_NACKS) {
      shown.remove(0);
    }
    return List.copyOf(shown);
  }
}

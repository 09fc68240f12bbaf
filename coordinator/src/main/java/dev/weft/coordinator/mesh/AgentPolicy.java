package dev.weft.coordinator.mesh;

import dev.weft.policy.SpiffeId;
import dev.weft.wire.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What an agent has of policy: one push after the other, each acknowledged before the next, of the
 * namespaces that concern it. On the channel's event loop, unless said otherwise.
 */
final class AgentPolicy {
  private static final int MAX_NACKS = 10;
  private static final int MAX_ASKED = 64;

  private final AgentChannel agent;
  private final Hub hub;
  private final Runnable servedMore;
  private final boolean deflate;

  private final PushPlan plan;
  private final Runnable again;
  private Deque<PushPlan.Part> parts = new ArrayDeque<>();

  /** Namespaces that concern it for good. */
  private final Set<String> always;

  /** Those of the services that it follows, and of how many. */
  private final Map<String, Integer> followed = new HashMap<>();

  /** Those that its last questions led to, the longest ago first: it will call there now. */
  private final Set<String> asked = new LinkedHashSet<>();

  /** Bytes of the push that is on its way, as {@link PushPace} has them. */
  private int underWay;

  private boolean namespacesChanged;
  private @Nullable PolicyView planned;
  private Set<String> planning = new HashSet<>();

  /** Namespaces whose policy has been written to the agent. */
  private final Set<String> served = new HashSet<>();

  // Read by the hub's sweep and by the admin API.
  private volatile long pushed;
  private volatile long acked;
  private volatile long unackedSinceNanos;
  private volatile boolean unacked;
  private volatile List<String> nacks = List.of();

  /**
   * @param deflate whether the agent reads deflated frames
   * @param servedMore runs when the policy of further namespaces has been written
   */
  AgentPolicy(AgentChannel agent, boolean deflate, Runnable servedMore) {
    this.agent = agent;
    this.deflate = deflate;
    this.hub = agent.hub();
    this.again = () -> agent.onLoop(this::push);
    this.plan = new PushPlan(hub.policyFrames());
    this.servedMore = servedMore;
    this.always = Set.of(agent.id().namespace(), SpiffeId.SYSTEM_NAMESPACE, PolicyView.EVERYWHERE);
  }

  /** Sends the next push if none is on its way. What changes meanwhile is in the one after it. */
  void push() {
    if (agent.isClosed() || unacked || !agent.isWritable()) {
      return;
    }
    if (parts.isEmpty()) {
      PolicyView next = hub.policy();
      if (next == null || next == planned && !namespacesChanged) {
        return;
      }
      planned = next;
      namespacesChanged = false;
      planning = namespaces();
      parts = plan.advance(next, planning, always);
    }
    PushPlan.Part part = parts.peek();
    if (part != null) {
      int length = part.length();
      if (!hub.pushPace().admit(length, again)) {
        return;
      }
      parts.remove();
      underWay = length;
      pushed++;
      unacked = true;
      unackedSinceNanos = hub.nanos();
      boolean more = !parts.isEmpty();
      // It costs the agent something: who follows and leaves a namespace in turn asks for it each
      // time.
      agent.answer(part.frame(pushed, more, deflate), length);
    }
    planning.retainAll(namespaces()); // what has left meanwhile is none of its
    if (parts.isEmpty() && served.addAll(planning)) {
      servedMore.run();
    }
  }

  private Set<String> namespaces() {
    Set<String> all = new HashSet<>(always);
    all.addAll(followed.keySet());
    all.addAll(asked);
    return all;
  }

  /** The channel is gone. */
  void closed() {
    hub.pushPace().forget(again);
    arrived();
  }

  private void arrived() {
    int length = underWay;
    if (length > 0) {
      underWay = 0;
      hub.pushPace().done(length);
    }
  }

  /** It follows one more service of this namespace. To be pushed by the caller. */
  void follow(String namespace) {
    if (followed.merge(namespace, 1, Integer::sum) == 1) {
      namespacesChanged = true;
    }
  }

  /** It follows one less. */
  void unfollow(String namespace) {
    if (followed.merge(namespace, -1, Integer::sum) == 0) {
      followed.remove(namespace);
      left(namespace);
    }
  }

  /** A question of it led to this namespace. */
  void asked(String namespace) {
    asked.remove(namespace);
    asked.add(namespace);
    if (!served.contains(namespace)) {
      namespacesChanged = true;
    }
    if (asked.size() > MAX_ASKED) {
      String longestAgo = asked.iterator().next();
      asked.remove(longestAgo);
      left(longestAgo);
    }
    push();
  }

  private void left(String namespace) {
    if (!always.contains(namespace)
        && !followed.containsKey(namespace)
        && !asked.contains(namespace)) {
      served.remove(namespace);
      namespacesChanged = true;
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
      arrived();
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

package dev.weft.coordinator.mesh;

import dev.weft.wire.Instance;
import dev.weft.wire.Message;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an agent asks of hosts: which service, or which instance, they are. What was asked for in
 * vain is answered once more when it appears. On the channel's event loop, unless said otherwise.
 */
final class AgentNames {
  private static final long SERVICE_TTL_MILLIS = 300_000;
  private static final long ADDRESS_TTL_MILLIS = 30_000;
  private static final long UNKNOWN_TTL_MILLIS = 30_000;

  private record Asked(String host, int port) {}

  private final AgentChannel agent;
  private final Hub hub;
  private final AgentPolicy policy;

  /** What is answered once the policy of its namespace is served. */
  private final Set<Asked> held = new LinkedHashSet<>();

  /** What has no answer yet, by {@link Question#key}; the oldest first. */
  private final Map<String, Set<Asked>> questions = new LinkedHashMap<>();

  private int questionCount;

  AgentNames(AgentChannel agent, AgentPolicy policy) {
    this.agent = agent;
    this.hub = agent.hub();
    this.policy = policy;
  }

  void resolve(Message.Resolve resolve) {
    Asked asked = new Asked(resolve.host(), resolve.port());
    Question question = question(asked);
    if (question == null) {
      write(unknown(asked));
    } else if (!answer(question, asked)) {
      write(unknown(asked));
      remember(question.key(), asked);
    }
  }

  /** Answers what was held back for want of its policy. */
  void policyServed() {
    for (Asked asked : release()) {
      if (!answer(asked)) {
        write(unknown(asked));
      }
    }
  }

  private List<Asked> release() {
    List<Asked> all = List.copyOf(held);
    held.clear();
    agent.identity().followed.giveBack(all.size());
    return all;
  }

  /** What was asked for in vain may be there now. Any thread. */
  void appeared(String key) {
    agent.onLoop(
        () -> {
          Set<Asked> all = questions.get(key);
          if (all == null) {
            return;
          }
          boolean answered = true;
          for (Asked asked : all) {
            answered &= answer(asked);
          }
          if (answered) {
            forget(key);
          }
        });
  }

  private @Nullable Question question(Asked asked) {
    return Question.of(asked.host(), asked.port(), agent.id().namespace());
  }

  private boolean answer(Asked asked) {
    Question question = question(asked);
    return question != null && answer(question, asked);
  }

  /** Answers, now or when the policy is served; false if there is nothing of that name. */
  private boolean answer(Question question, Asked asked) {
    if (!question.address()) {
      if (!hub.isService(question.key())) {
        return false;
      }
      String namespace = question.key().substring(0, question.key().indexOf('/'));
      if (!isHeld(namespace, asked)) {
        write(resolved(asked, question.key(), "", SERVICE_TTL_MILLIS));
      }
      return true;
    }
    Instance at = hub.registry().at(asked.host(), asked.port());
    if (at == null) {
      return false;
    }
    if (!isHeld(at.namespace(), asked)) {
      write(resolved(asked, at.namespace() + "/" + at.service(), at.id(), ADDRESS_TTL_MILLIS));
    }
    return true;
  }

  /**
   * Whether an answer has to wait until the agent has the policy of the namespace that it leads to:
   * the call that it is asked for goes out at once.
   */
  private boolean isHeld(String namespace, Asked asked) {
    policy.asked(namespace);
    if (policy.isServed(namespace)) {
      return false;
    }
    if (held.contains(asked)) {
      return true;
    }
    if (held.size() >= hub.limits().questions() || !agent.identity().followed.tryTake(1)) {
      return false;
    }
    return held.add(asked);
  }

  private void remember(String key, Asked asked) {
    Set<Asked> known = questions.get(key);
    if (known != null && known.contains(asked) || !agent.identity().followed.tryTake(1)) {
      return; // who asks again is answered again; for the other one, nobody waits
    }
    if (questions.computeIfAbsent(key, any -> new HashSet<>()).add(asked)) {
      hub.asked(key, this);
      questionCount++;
      appeared(key); // it may have come between the answer and the mark
      while (questionCount > hub.limits().questions()) {
        forget(questions.keySet().iterator().next());
      }
    }
  }

  private void forget(String key) {
    Set<Asked> all = questions.remove(key);
    if (all != null) {
      questionCount -= all.size();
      agent.identity().followed.giveBack(all.size());
      hub.answered(key, this);
    }
  }

  /** The channel is gone. */
  void closed() {
    List.copyOf(questions.keySet()).forEach(this::forget);
    release();
  }

  private void write(Message.Resolved answer) {
    agent.write(answer);
  }

  private static Message.Resolved unknown(Asked asked) {
    return resolved(asked, null, "", UNKNOWN_TTL_MILLIS);
  }

  private static Message.Resolved resolved(
      Asked asked, @Nullable String service, String instance, long ttlMillis) {
    return new Message.Resolved(asked.host(), asked.port(), service, instance, ttlMillis);
  }
}

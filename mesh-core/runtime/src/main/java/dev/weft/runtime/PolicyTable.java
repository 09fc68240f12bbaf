package dev.weft.runtime;

import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The policy that this process has learnt. Pushes come from one thread and are taken whole: the
 * next picture is built beside the old one, then one reference is swapped. Reads come from any
 * thread.
 */
public final class PolicyTable {
  /** Everything at one moment, with the decisions made from it so far. */
  private static final class Picture {
    final Map<String, Resource> resources;
    final List<PeerAuthentication> peerAuthentication;
    final ConcurrentHashMap<Integer, PeerAuthentication.Decision> byPort =
        new ConcurrentHashMap<>();

    Picture(Map<String, Resource> resources) {
      this.resources = resources;
      List<PeerAuthentication> all = new ArrayList<>();
      for (Resource resource : resources.values()) {
        if (resource.spec() instanceof PeerAuthentication policy) {
          all.add(policy);
        }
      }
      this.peerAuthentication = List.copyOf(all);
    }
  }

  private final String namespace;
  private final Map<String, String> labels;
  private final TlsMode floor;
  private volatile Picture picture = new Picture(Map.of());

  /**
   * @param labels of this workload, without {@code app}
   * @param floor the least strict mode that ever holds here
   */
  public PolicyTable(String namespace, String service, Map<String, String> labels, TlsMode floor) {
    Map<String, String> all = new LinkedHashMap<>(labels);
    all.put("app", service);
    this.namespace = namespace;
    this.labels = Map.copyOf(all);
    this.floor = floor;
  }

  /**
   * Takes a push. A resource that is not understood keeps its last good form, and is reported; the
   * rest of the push holds.
   */
  public void apply(Message.Push push, Consumer<Message.Nack> nacks) {
    Map<String, Resource> old = picture.resources;
    Map<String, Resource> next = new LinkedHashMap<>(push.full() ? Map.of() : old);
    for (Map<String, Object> tree : push.upsert()) {
      try {
        Resource resource = Kinds.parse(tree, Resource.DEFAULT_NAMESPACE);
        next.put(resource.id(), resource);
      } catch (InvalidResourceException e) {
        Resource last = old.get(e.resource());
        if (last != null) {
          next.put(e.resource(), last);
        }
        nacks.accept(
            new Message.Nack(
                push.n(),
                e.resource(),
                e.problems().isEmpty() ? "" : e.problems().get(0).path(),
                String.valueOf(e.getMessage())));
      }
    }
    for (String id : push.remove()) {
      next.remove(id);
    }
    picture = new Picture(next);
  }

  /** All resources, as they were pushed. */
  public List<Map<String, Object>> trees() {
    List<Map<String, Object>> trees = new ArrayList<>();
    for (Resource resource : picture.resources.values()) {
      trees.add(resource.tree());
    }
    return trees;
  }

  /** The mode of one of this process's ports, and the rule that says so. */
  public PeerAuthentication.Decision tlsMode(int port) {
    Picture now = picture;
    PeerAuthentication.Decision known = now.byPort.get(port);
    if (known != null) {
      return known;
    }
    PeerAuthentication.Decision decided =
        PeerAuthentication.effective(
            now.peerAuthentication, Resource.ROOT_NAMESPACE, namespace, labels, port);
    if (decided.mode().compareTo(floor) < 0) {
      decided = new PeerAuthentication.Decision(floor, Settings.MTLS_FLOOR.name());
    }
    now.byPort.put(port, decided); // bounded by the ports that this process listens on
    return decided;
  }
}

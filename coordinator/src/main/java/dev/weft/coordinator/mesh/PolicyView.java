package dev.weft.coordinator.mesh;

import dev.weft.coordinator.ConfigView;
import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.MeshService;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.policy.ServiceSpec;
import dev.weft.wire.Json;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One revision of policy, by namespace, as streams need it. A namespace that did not change is the
 * very same object as in the revision before, so that a stream sees at once what it need not look
 * at. Immutable.
 */
final class PolicyView {
  /** A resource, and what it is in a frame: encoded once, for all agents. */
  record Item(Map<String, Object> tree, byte[] json) {}

  private static final Logger log = LoggerFactory.getLogger(PolicyView.class);

  /** A resource is pushed whole in one frame; this leaves room for the frame's other fields. */
  static final int MAX_ITEM = (1 << 20) - 4096;

  /**
   * Stands for a namespace that concerns every agent: that of names under which services were known
   * before there was a mesh, which any application may use.
   */
  static final String EVERYWHERE = "*";

  private final long revision;
  private final Map<String, Map<String, Item>> byNamespace;
  private final Map<String, Map<String, Item>> forCallers;

  private PolicyView(
      long revision,
      Map<String, Map<String, Item>> byNamespace,
      Map<String, Map<String, Item>> forCallers) {
    this.revision = revision;
    this.byNamespace = byNamespace;
    this.forCallers = forCallers;
  }

  /**
   * @param previous whose objects are taken over where nothing changed
   */
  static PolicyView of(ConfigView.Snapshot snapshot, @Nullable PolicyView previous) {
    Map<String, Map<String, Item>> sorted = new HashMap<>();
    for (Map<String, Object> tree : snapshot.resources()) {
      Map<?, ?> metadata = tree.get("metadata") instanceof Map<?, ?> map ? map : Map.of();
      String namespace = text(metadata.get("namespace"), "default");
      String kind = text(tree.get("kind"), "");
      String key = kind + "/" + namespace + "/" + text(metadata.get("name"), "");
      String concerns = namespace;
      if (MeshService.KIND.name().equals(kind)) {
        concerns = EVERYWHERE;
      } else if (isOfCallees(key) && Resource.isRoot(namespace)) {
        concerns = Resource.ROOT_NAMESPACE; // Istio's name for it, too
      }
      Item before = previous == null ? null : previous.namespace(concerns).get(key);
      Item item =
          before != null && before.tree().equals(tree) ? before : new Item(tree, Json.bytes(tree));
      if (item.json().length > MAX_ITEM) {
        log.error(
            "{}: {} bytes (expected: at most {}): no agent gets it; split it",
            key,
            item.json().length,
            MAX_ITEM);
        continue;
      }
      sorted.computeIfAbsent(concerns, any -> new TreeMap<>()).put(key, item);
    }
    Map<String, Map<String, Item>> called = new HashMap<>();
    sorted.forEach(
        (namespace, items) -> {
          Map<String, Item> theirs = new TreeMap<>(items);
          theirs.keySet().removeIf(PolicyView::isOfCallees);
          called.put(namespace, theirs);
        });
    return new PolicyView(
        snapshot.revision(),
        unlessChanged(sorted, previous == null ? Map.of() : previous.byNamespace),
        unlessChanged(called, previous == null ? Map.of() : previous.forCallers));
  }

  /** Decided by the service that is called, and nobody else's to know. */
  private static boolean isOfCallees(String key) {
    return key.startsWith(PeerAuthentication.KIND.name() + "/")
        || key.startsWith(AuthorizationPolicy.KIND.name() + "/");
  }

  /** The same, with the objects of before where nothing changed. */
  private static Map<String, Map<String, Item>> unlessChanged(
      Map<String, Map<String, Item>> now, Map<String, Map<String, Item>> before) {
    Map<String, Map<String, Item>> all = new HashMap<>();
    now.forEach(
        (namespace, items) -> {
          Map<String, Item> old = before.get(namespace);
          all.put(
              namespace,
              old != null && old.equals(items) ? old : Collections.unmodifiableMap(items));
        });
    return Map.copyOf(all);
  }

  long revision() {
    return revision;
  }

  /**
   * The resources of a namespace, or of {@link #EVERYWHERE}, by {@code Kind/namespace/name}; empty
   * if there are none.
   */
  Map<String, Item> namespace(String namespace) {
    return byNamespace.getOrDefault(namespace, Map.of());
  }

  /** Of those, what somebody needs who calls there: not who else may. */
  Map<String, Item> forCallers(String namespace) {
    return forCallers.getOrDefault(namespace, Map.of());
  }

  boolean hasService(String namespace, String name) {
    return namespace(namespace).containsKey(Resource.id(ServiceSpec.KIND, namespace, name));
  }

  private static String text(@Nullable Object value, String absent) {
    return value instanceof String text ? text : absent;
  }
}

package dev.weft.coordinator.mesh;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one agent has of policy, and which frames bring it to the next state. Only the namespaces
 * that concern it; several frames only where one cannot hold it all.
 */
final class PushPlan {
  /** One frame's content. */
  record Part(boolean full, List<Map<String, Object>> upsert, List<String> remove) {}

  /** Well below the megabyte that a frame may have. */
  private static final int PART_BYTES = 700_000;

  private final Map<String, Map<String, PolicyView.Item>> has = new HashMap<>();
  private boolean begun;

  /**
   * The frames that lead from what the agent has to {@code next}, in their order; none if nothing
   * that concerns it changed. From then on the agent counts as having it.
   *
   * @param namespaces that concern the agent; what it has of others is taken from it
   * @param whole those of them of which it has everything; of the others, what callers need
   */
  Deque<Part> advance(PolicyView next, Set<String> namespaces, Set<String> whole) {
    Map<String, PolicyView.Item> upsert = new LinkedHashMap<>();
    List<String> remove = new ArrayList<>();
    Set<String> all = new HashSet<>(namespaces);
    all.addAll(has.keySet());
    for (String namespace : all) {
      boolean concerned = namespaces.contains(namespace);
      Map<String, PolicyView.Item> now =
          !concerned
              ? Map.of()
              : whole.contains(namespace) ? next.namespace(namespace) : next.forCallers(namespace);
      Map<String, PolicyView.Item> before =
          concerned ? has.put(namespace, now) : has.remove(namespace);
      if (now == before) {
        continue;
      }
      Map<String, PolicyView.Item> old = before == null ? Map.of() : before;
      now.forEach(
          (key, item) -> {
            if (old.get(key) != item) {
              upsert.put(key, item);
            }
          });
      for (String key : old.keySet()) {
        if (!now.containsKey(key)) {
          remove.add(key);
        }
      }
    }
    Deque<Part> parts = split(upsert, remove);
    if (parts.isEmpty() && !begun) {
      parts.add(new Part(true, List.of(), List.of())); // "there is no policy" is news as well
    }
    begun = true;
    return parts;
  }

  private Deque<Part> split(Map<String, PolicyView.Item> upsert, List<String> remove) {
    Deque<Part> parts = new ArrayDeque<>();
    List<Map<String, Object>> trees = new ArrayList<>();
    int bytes = 0;
    for (PolicyView.Item item : securityFirst(upsert)) {
      if (bytes > 0 && bytes + item.length() > PART_BYTES) {
        parts.add(new Part(parts.isEmpty() && !begun, trees, List.of()));
        trees = new ArrayList<>();
        bytes = 0;
      }
      trees.add(item.tree());
      bytes += item.length() + 1;
    }
    // Removed last: a route that moves from one resource to another is never missing in between.
    if (!trees.isEmpty() || !remove.isEmpty()) {
      parts.add(new Part(parts.isEmpty() && !begun, trees, remove));
    }
    return parts;
  }

  /**
   * What denies comes first: an agent that is too old to know that more follows applies one frame
   * after the other, and is not to allow in between what is not allowed at the end.
   */
  private static List<PolicyView.Item> securityFirst(Map<String, PolicyView.Item> upsert) {
    List<PolicyView.Item> first = new ArrayList<>();
    List<PolicyView.Item> then = new ArrayList<>();
    upsert.forEach(
        (key, item) -> {
          boolean security =
              key.startsWith("PeerAuthentication/")
                  || key.startsWith("AuthorizationPolicy/")
                  || key.startsWith("MeshService/"); // what may leave the mesh
          (security ? first : then).add(item);
        });
    first.addAll(then);
    return first;
  }
}

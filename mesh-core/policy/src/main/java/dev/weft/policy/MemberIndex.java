package dev.weft.policy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Who has registered, by app and by the labels that instances carry. For one thread. */
public final class MemberIndex implements Surroundings.Members {
  private final Map<ServiceName, Set<Map<String, String>>> labels = new HashMap<>();

  /** Adds an instance. */
  public void add(ServiceName app, Map<String, String> its) {
    labels.computeIfAbsent(app, any -> new HashSet<>()).add(Map.copyOf(its));
  }

  @Override
  public boolean any(ServiceName app, Map<String, String> wanted) {
    for (Map<String, String> one : labels.getOrDefault(app, Set.of())) {
      if (one.entrySet().containsAll(wanted.entrySet())) {
        return true;
      }
    }
    return false;
  }
}

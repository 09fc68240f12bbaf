package dev.weft.policy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who has registered, by app and by the labels that instances carry, and who else may call. For one
 * thread.
 */
public final class MemberIndex implements Surroundings.Members {
  /** Instances of one app by their labels, {@link Labels#APP} among them, with their ports. */
  private final Map<ServiceName, Map<Map<String, String>, Set<Integer>>> apps = new HashMap<>();

  /** Those with a port for callers that name none. */
  private final Set<ServiceName> primary = new HashSet<>();

  private final Set<String> callers = new TreeSet<>();
  private boolean allCallers;

  /**
   * Adds an instance.
   *
   * @param hasPrimary whether one of its ports is for callers that name none
   */
  public void add(
      ServiceName app, Map<String, String> its, Set<Integer> ports, boolean hasPrimary) {
    Map<String, String> labels = new HashMap<>(its);
    labels.put(Labels.APP, app.name());
    apps.computeIfAbsent(app, any -> new HashMap<>())
        .computeIfAbsent(Map.copyOf(labels), any -> new TreeSet<>())
        .addAll(ports);
    if (hasPrimary) {
      primary.add(app);
    }
    callers.add(app.toString());
  }

  /** Adds a service that calls, or may join, without an instance that is called. */
  public void addCaller(String namespaceAndName) {
    callers.add(namespaceAndName);
  }

  /** To be called if those added are all that there are, so that others do not exist. */
  public void knowsAllCallers() {
    allCallers = true;
  }

  @Override
  public boolean any(ServiceName app, Map<String, String> wanted) {
    return ports(app, new Selector(wanted)) != null;
  }

  @Override
  public boolean hasPort(ServiceName app, Map<String, String> wanted, int port) {
    Set<Integer> ports = ports(app, new Selector(wanted));
    return ports == null
        || ports.contains(port)
        || port == Surroundings.DEFAULT_PORT && primary.contains(app);
  }

  @Override
  public Set<Integer> ports(@Nullable String namespace, Selector selector) {
    Set<Integer> all = null;
    String app = selector.matchLabels().get(Labels.APP);
    if (app != null && namespace != null) {
      all = ports(new ServiceName(namespace, app), selector);
    } else {
      for (ServiceName name : apps.keySet()) {
        Set<Integer> ports =
            namespace == null || namespace.equals(name.namespace()) ? ports(name, selector) : null;
        if (ports != null) {
          all = all == null ? new TreeSet<>() : all;
          all.addAll(ports);
        }
      }
    }
    return all == null ? Set.of() : all;
  }

  /** Null if there is no such instance. */
  private @Nullable Set<Integer> ports(ServiceName app, Selector selector) {
    Set<Integer> all = null;
    for (Map.Entry<Map<String, String>, Set<Integer>> one :
        apps.getOrDefault(app, Map.of()).entrySet()) {
      if (selector.matches(one.getKey())) {
        all = all == null ? new TreeSet<>() : all;
        all.addAll(one.getValue());
      }
    }
    return all;
  }

  @Override
  public Set<String> apps() {
    Set<String> names = new TreeSet<>();
    apps.keySet().forEach(app -> names.add(app.toString()));
    return names;
  }

  @Override
  public @Nullable Set<String> callers() {
    return allCallers ? callers : null;
  }
}

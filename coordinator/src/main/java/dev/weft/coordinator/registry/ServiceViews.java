package dev.weft.coordinator.registry;

import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The instances of each service, and its last few views. A view is made when somebody looks, so
 * that a hundred changes in between are one. Under the lock of the {@link Registry}.
 */
final class ServiceViews {
  private static final int HISTORY = 4;
  private static final int UNEXPLAINED_KEPT = 1000;
  private static final int EMPTY_SERVICES_KEPT = 10_000;

  private static final class Service {
    final Map<String, Instance> all = new TreeMap<>();
    final LinkedHashSet<String> unexplained = new LinkedHashSet<>();
    final ArrayDeque<ServiceView> history = new ArrayDeque<>();
    boolean stale = true;
  }

  private final Map<String, Service> services = new HashMap<>();

  /** Kept for their revisions; the longest empty first. */
  private final LinkedHashSet<String> empty = new LinkedHashSet<>();

  private long revision;

  /**
   * An instance is there, or is another one now.
   *
   * @return whether it is the only one of its service
   */
  boolean put(InstanceKey key, Instance instance) {
    Service service = services.computeIfAbsent(key.serviceKey(), any -> new Service());
    boolean first = service.all.isEmpty();
    if (first) {
      empty.remove(key.serviceKey());
    }
    service.unexplained.remove(key.id());
    service.all.put(key.id(), instance);
    service.stale = true;
    return first;
  }

  /**
   * An instance is gone.
   *
   * @param explained whether somebody alive said so
   */
  void remove(InstanceKey key, boolean explained) {
    Service service = services.computeIfAbsent(key.serviceKey(), any -> new Service());
    service.all.remove(key.id());
    if (!explained) {
      service.unexplained.add(key.id());
      if (service.unexplained.size() > UNEXPLAINED_KEPT) {
        service.unexplained.remove(service.unexplained.iterator().next());
      }
    }
    service.stale = true;
    if (service.all.isEmpty()) {
      empty.add(key.serviceKey());
      if (empty.size() > EMPTY_SERVICES_KEPT) {
        String oldest = empty.iterator().next();
        empty.remove(oldest);
        services.remove(oldest);
      }
    }
  }

  /** A service as it is now. */
  ServiceView view(String name) {
    Service service = services.get(name);
    if (service == null) {
      return ServiceView.empty(name);
    }
    ServiceView newest = service.history.peekLast();
    if (newest != null && !service.stale) {
      return newest;
    }
    Map<String, Instance> callable = new LinkedHashMap<>();
    service.all.forEach(
        (id, instance) -> {
          if (instance.state() != InstanceState.STARTING) {
            callable.put(id, instance);
          }
        });
    service.stale = false;
    if (newest != null && newest.instances().equals(callable)) {
      return newest;
    }
    if (newest == null && callable.isEmpty()) {
      service.stale = true;
      return ServiceView.empty(name);
    }
    revision += ServiceView.STEP;
    ServiceView view =
        new ServiceView(
            name, revision, Collections.unmodifiableMap(callable), Set.copyOf(service.unexplained));
    service.history.addLast(view);
    if (service.history.size() > HISTORY) {
      service.history.removeFirst();
    }
    return view;
  }

  /** An earlier view of a service, if it is among the last few. */
  @Nullable ServiceView view(String name, long itsRevision) {
    Service service = services.get(name);
    if (service != null) {
      for (ServiceView view : service.history) {
        if (view.revision() == itsRevision) {
          return view;
        }
      }
    }
    return null;
  }

  /** Whether it has any instance. */
  boolean isKnown(String name) {
    Service service = services.get(name);
    return service != null && !service.all.isEmpty();
  }
}

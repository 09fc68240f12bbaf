package dev.weft.coordinator.admin;

import dev.weft.coordinator.RegistryView;
import dev.weft.policy.Labels;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.Message;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * Who is cut off by a PeerAuthentication that says STRICT: who calls without mesh TLS until now.
 */
final class CutOff {
  private static final int TOLD = 5;

  private CutOff() {}

  /** One sentence for each service that has such callers, and one if some cannot be known. */
  static List<String> warnings(Resource resource, Collection<Resource> all, RegistryView registry) {
    if (!(resource.spec() instanceof PeerAuthentication policy)
        || (policy.mode() != TlsMode.STRICT && !policy.portModes().containsValue(TlsMode.STRICT))) {
      return List.of();
    }
    List<String> warnings = new ArrayList<>();
    registry
        .topology()
        .plaintextCallers(new Closed(policy, all, registry))
        .forEach(
            (service, callers) ->
                warnings.add(
                    "cuts off who calls " + service + " without mesh TLS: " + told(callers)));
    List<String> others = registry.otherCoordinators();
    if (!others.isEmpty()) {
      warnings.add(
          "who calls without mesh TLS is known only of the agents of this coordinator: ask the"
              + " admin API of each of those whose mesh ports are "
              + String.join(", ", others)
              + " as well");
    }
    return warnings;
  }

  /** Which instances are STRICT at any of their ports by one policy, among all that there are. */
  private static final class Closed implements BiPredicate<String, String> {
    private final String rule;
    private final List<PeerAuthentication> policies = new ArrayList<>();
    private final Map<String, Instance> instances = new HashMap<>();

    Closed(PeerAuthentication policy, Collection<Resource> all, RegistryView registry) {
      rule = policy.rule();
      for (Resource resource : all) {
        if (resource.spec() instanceof PeerAuthentication one) {
          policies.add(one);
        }
      }
      for (Instance instance : registry.instances()) {
        instances.put(
            instance.namespace() + "/" + instance.service() + " " + instance.id(), instance);
      }
    }

    @Override
    public boolean test(String service, String id) {
      ServiceName name = ServiceName.parse(service);
      if (name == null) {
        return false;
      }
      Instance instance = instances.get(service + " " + id);
      Map<String, String> labels = new HashMap<>();
      if (instance != null) {
        labels.putAll(instance.labels());
      }
      labels.put(Labels.APP, name.name());
      // Of one that has gone nothing else is known: others of its service may be called in its
      // place.
      List<Integer> ports =
          instance == null
              ? List.of(0)
              : instance.ports().stream().map(port -> port.number()).toList();
      return ports.stream().anyMatch(port -> closes(name.namespace(), labels, port));
    }

    private boolean closes(String namespace, Map<String, String> labels, int port) {
      PeerAuthentication.Decision decided =
          PeerAuthentication.effective(policies, namespace, labels, port);
      return decided.mode() == TlsMode.STRICT
          && (decided.rule().equals(rule) || decided.rule().startsWith(rule + " "));
    }
  }

  private static String told(List<Message.Plaintext> callers) {
    List<String> told = new ArrayList<>();
    for (Message.Plaintext caller : callers.subList(0, Math.min(TOLD, callers.size()))) {
      Instant last = Instant.ofEpochMilli(caller.lastMillis()).truncatedTo(ChronoUnit.SECONDS);
      told.add(caller.from() + " (" + caller.requests() + " requests, the last at " + last + ")");
    }
    int more = callers.size() - told.size();
    return String.join(", ", told) + (more > 0 ? " and " + more + " more" : "");
  }
}

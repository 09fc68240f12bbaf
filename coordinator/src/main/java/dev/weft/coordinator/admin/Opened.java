package dev.weft.coordinator.admin;

import dev.weft.coordinator.RegistryView;
import dev.weft.policy.AuthorizationPolicy;
import dev.weft.policy.Labels;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Services that a change leaves open: without the last policy that allows something, everybody is
 * let in; without the one that says STRICT, plaintext is. Both are easily meant the other way
 * round.
 */
final class Opened {
  private final List<AuthorizationPolicy> allowing = new ArrayList<>();
  private final List<PeerAuthentication> modes = new ArrayList<>();

  private Opened(Collection<Resource> all) {
    for (Resource resource : all) {
      if (resource.spec() instanceof PeerAuthentication mode) {
        modes.add(mode);
      } else if (resource.spec() instanceof AuthorizationPolicy policy
          && policy.action() == AuthorizationPolicy.Action.ALLOW
          && !policy.dryRun()) {
        allowing.add(policy);
      }
    }
  }

  /** Whether a resource of this id can close anything. */
  static boolean concerns(String id) {
    return id.startsWith(AuthorizationPolicy.KIND.name() + "/")
        || id.startsWith(PeerAuthentication.KIND.name() + "/");
  }

  /** A sentence for each service that has instances and was closed before. */
  static List<String> warnings(
      Collection<Resource> before, Collection<Resource> after, RegistryView registry) {
    Opened was = new Opened(before);
    Opened is = new Opened(after);
    Set<String> warnings = new TreeSet<>();
    for (Instance instance : registry.instances()) {
      String service = instance.namespace() + "/" + instance.service();
      Map<String, String> labels = new HashMap<>(instance.labels());
      labels.put(Labels.APP, instance.service());
      if (was.allowsSome(instance.namespace(), labels)
          && !is.allowsSome(instance.namespace(), labels)) {
        warnings.add(
            service
                + " lets in everybody who is not denied: no AuthorizationPolicy that allows"
                + " anything is left that selects it");
      }
      instance
          .ports()
          .forEach(
              port -> {
                String now = is.open(instance.namespace(), labels, port.number());
                if (!now.isEmpty()
                    && was.open(instance.namespace(), labels, port.number()).isEmpty()) {
                  warnings.add(service + " accepts plaintext at port " + port.number() + now);
                }
              });
    }
    return List.copyOf(warnings);
  }

  private boolean allowsSome(String namespace, Map<String, String> labels) {
    return allowing.stream().anyMatch(policy -> policy.selects(namespace, labels));
  }

  /** By what plaintext is accepted; empty if it is not. */
  private String open(String namespace, Map<String, String> labels, int port) {
    PeerAuthentication.Decision decided =
        PeerAuthentication.effective(modes, namespace, labels, port);
    return decided.mode() == TlsMode.STRICT
        ? ""
        : " (" + decided.mode() + ", " + decided.rule() + ")";
  }
}

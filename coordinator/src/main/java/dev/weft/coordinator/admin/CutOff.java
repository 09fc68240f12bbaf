package dev.weft.coordinator.admin;

import dev.weft.coordinator.RegistryView;
import dev.weft.policy.Labels;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Message;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is cut off by a PeerAuthentication that says STRICT: who calls without mesh TLS until now.
 */
final class CutOff {
  private static final int TOLD = 5;

  private CutOff() {}

  /** One sentence for each service that has such callers, and one if some cannot be known. */
  static List<String> warnings(Resource resource, RegistryView registry) {
    if (!(resource.spec() instanceof PeerAuthentication policy)
        || (policy.mode() != TlsMode.STRICT && !policy.portModes().containsValue(TlsMode.STRICT))) {
      return List.of();
    }
    List<String> warnings = new ArrayList<>();
    registry
        .topology()
        .plaintextCallers()
        .forEach(
            (service, callers) -> {
              if (!callers.isEmpty() && concerns(resource, policy, service)) {
                warnings.add(
                    "cuts off who calls " + service + " without mesh TLS: " + told(callers));
              }
            });
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

  private static boolean concerns(Resource resource, PeerAuthentication policy, String service) {
    int slash = service.indexOf('/');
    boolean there =
        Resource.isRoot(resource.namespace())
            || resource.namespace().equals(service.substring(0, slash));
    // Other labels are an instance's; a service is warned of if any of its instances may be meant.
    String app = policy.selector().matchLabels().get(Labels.APP);
    return there && (app == null || app.equals(service.substring(slash + 1)));
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

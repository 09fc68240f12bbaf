package dev.weft.coordinator.mesh;

import dev.weft.coordinator.ConfigView;
import dev.weft.coordinator.registry.TlsPolicy;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The TLS modes that the PeerAuthentications of a revision give. */
final class PeerAuthentications {
  private static final Logger log = LoggerFactory.getLogger(PeerAuthentications.class);

  private PeerAuthentications() {}

  static TlsPolicy of(ConfigView.Snapshot snapshot) {
    List<PeerAuthentication> wide = new ArrayList<>();
    Map<String, List<PeerAuthentication>> byNamespace = new HashMap<>();
    for (Map<String, Object> tree : snapshot.resources()) {
      if (!PeerAuthentication.KIND.name().equals(tree.get("kind"))) {
        continue;
      }
      Resource resource = read(tree, snapshot.revision());
      if (resource.spec() instanceof PeerAuthentication policy) {
        boolean root = Resource.isRoot(resource.namespace());
        (root ? wide : byNamespace.computeIfAbsent(resource.namespace(), any -> new ArrayList<>()))
            .add(policy);
      }
    }
    // A namespace's own list holds the mesh-wide ones too: all that can concern it, and no more.
    byNamespace.values().forEach(list -> list.addAll(wide));
    return (namespace, service, labels, port) ->
        PeerAuthentication.effective(
                byNamespace.getOrDefault(namespace, wide), namespace, labels, port)
            .mode();
  }

  private static Resource read(Map<String, Object> tree, long revision) {
    try {
      return Kinds.parse(tree, Resource.DEFAULT_NAMESPACE);
    } catch (InvalidResourceException e) {
      // It was valid when it was applied, to the coordinator that took it.
      log.error("revision {} holds what this version cannot read: STRICT", revision, e);
      return PeerAuthentication.strict(tree);
    }
  }
}

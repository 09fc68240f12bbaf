package dev.weft.engine.route;

import dev.weft.policy.EgressMode;
import dev.weft.policy.MeshConfig;
import dev.weft.policy.MeshService;
import dev.weft.policy.Metadata;
import dev.weft.policy.Resource;
import java.util.Collection;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What policy says, at one moment, of the calls by which one namespace leaves the mesh. Immutable.
 *
 * <p>Both the namespace and {@link Resource#ROOT_NAMESPACE} have a say: what either allows is
 * allowed; the mode is the namespace's own, else that of all, and of several the oldest one's; else
 * what {@link MeshConfig} says.
 */
public final class EgressPolicy {
  /** No policy at all. */
  public static final EgressPolicy NONE = new EgressPolicy(null, "");

  private final HostTable<Boolean> allowed = new HostTable<>();
  private final @Nullable EgressMode mode;
  private final String rule;

  private EgressPolicy(@Nullable EgressMode mode, String rule) {
    this.mode = mode;
    this.rule = rule;
  }

  /**
   * @param specs of resources, of any kind; only MeshServices and the MeshConfig have a say
   * @param namespace of the callers
   */
  public static EgressPolicy of(Collection<?> specs, String namespace) {
    MeshService decides =
        specs.stream()
            .filter(spec -> spec instanceof MeshService mesh && mesh.mode() != null)
            .map(MeshService.class::cast)
            .filter(mesh -> concerns(mesh, namespace))
            .min(
                Comparator.comparing((MeshService mesh) -> !isIn(mesh, namespace))
                    .thenComparing(MeshService::metadata, Metadata.OLDEST_FIRST))
            .orElse(null);
    EgressPolicy made =
        decides == null
            ? byDefault(specs)
            : new EgressPolicy(decides.mode(), rule("MeshService", decides.metadata()));
    for (Object spec : specs) {
      if (spec instanceof MeshService mesh
          && mesh.egress() == MeshService.Egress.ALLOW
          && concerns(mesh, namespace)) {
        made.allowed.add(mesh, Boolean.TRUE);
      }
    }
    return made;
  }

  private static EgressPolicy byDefault(Collection<?> specs) {
    for (Object spec : specs) {
      if (spec instanceof MeshConfig config && config.egress() != null) {
        return new EgressPolicy(config.egress(), rule("MeshConfig", config.metadata()));
      }
    }
    return new EgressPolicy(null, "");
  }

  private static String rule(String kind, Metadata metadata) {
    return kind + " " + metadata.namespace() + "/" + metadata.name();
  }

  private static boolean concerns(MeshService mesh, String namespace) {
    return isIn(mesh, namespace) || isIn(mesh, Resource.ROOT_NAMESPACE);
  }

  private static boolean isIn(MeshService mesh, String namespace) {
    return mesh.metadata().namespace().equals(namespace);
  }

  /** Null if policy says nothing of it. */
  public @Nullable EgressMode mode() {
    return mode;
  }

  /** Who says so, such as {@code MeshService namespace/name}; empty if nobody does. */
  public String rule() {
    return rule;
  }

  /**
   * Whether a host or address may be called in any mode.
   *
   * @param host in lower case, without a trailing dot
   * @param port that is called
   */
  public boolean allows(String host, int port) {
    return allowed.find(host, port) != null;
  }
}

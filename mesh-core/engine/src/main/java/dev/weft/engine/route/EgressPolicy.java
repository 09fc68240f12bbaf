package dev.weft.engine.route;

import dev.weft.policy.EgressMode;
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
 * allowed; the mode is the namespace's own, else that of all, and of several the oldest one's.
 */
public final class EgressPolicy {
  /** No policy at all. */
  public static final EgressPolicy NONE = new EgressPolicy(null);

  private final HostTable<Boolean> allowed = new HostTable<>();
  private final @Nullable MeshService deciding;

  private EgressPolicy(@Nullable MeshService deciding) {
    this.deciding = deciding;
  }

  /**
   * @param specs of resources, of any kind; only MeshServices have a say
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
    EgressPolicy made = new EgressPolicy(decides);
    for (Object spec : specs) {
      if (spec instanceof MeshService mesh
          && mesh.egress() == MeshService.Egress.ALLOW
          && concerns(mesh, namespace)) {
        made.allowed.add(mesh, Boolean.TRUE);
      }
    }
    return made;
  }

  private static boolean concerns(MeshService mesh, String namespace) {
    return isIn(mesh, namespace) || isIn(mesh, Resource.ROOT_NAMESPACE);
  }

  private static boolean isIn(MeshService mesh, String namespace) {
    return mesh.metadata().namespace().equals(namespace);
  }

  /** Null if policy says nothing of it. */
  public @Nullable EgressMode mode() {
    return deciding == null ? null : deciding.mode();
  }

  /** Who says so: {@code MeshService namespace/name}; empty if nobody does. */
  public String rule() {
    return deciding == null
        ? ""
        : "MeshService " + deciding.metadata().namespace() + "/" + deciding.metadata().name();
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

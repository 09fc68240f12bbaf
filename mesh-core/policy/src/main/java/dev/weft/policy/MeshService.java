package dev.weft.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code MeshService}, ours. One of three: names and addresses under which applications call a
 * service already, so that those calls are the mesh's without a change to them; names and addresses
 * outside of the mesh that may be called; or how calls to the outside are taken at all. Immutable.
 *
 * @param service that is meant, in the resource's namespace; without a meaning beside {@code
 *     egress}
 * @param hosts names in lower case, {@code *.} in front of those that stand for all below
 * @param addresses {@code host:port} or {@code host}, of IP addresses, those of IPv6 in brackets
 * @param egress what this says of the outside; null: nothing, it adopts
 */
public record MeshService(
    Metadata metadata,
    ServiceName service,
    List<String> hosts,
    List<String> addresses,
    @Nullable Egress egress) {
  /** What is said of calls to the outside. */
  public enum Egress {
    /** Hosts and addresses may be called. */
    ALLOW,
    /** {@link EgressMode#ALLOW_ANY}, for callers of the namespace. */
    ALLOW_ANY,
    /** {@link EgressMode#REGISTRY_ONLY}, for callers of the namespace. */
    REGISTRY_ONLY
  }

  public MeshService {
    hosts = List.copyOf(hosts);
    addresses = List.copyOf(addresses);
  }

  public static final Kind KIND =
      new Kind(
          "MeshService",
          "meshservices",
          List.of("msvc"),
          List.of("weft.dev/v1alpha1"),
          false,
          MeshServiceReader::read,
          MeshServiceReader::review);

  /** Whether hosts and addresses are those of {@link #service}. */
  public boolean adopts() {
    return egress == null;
  }

  /** How calls to the outside are taken; null if this says nothing of it. */
  public @Nullable EgressMode mode() {
    return egress == null || egress == Egress.ALLOW ? null : EgressMode.valueOf(egress.name());
  }
}

package dev.weft.policy;

import java.util.List;

/**
 * {@code MeshService}, ours: names and addresses under which applications call a service already,
 * so that those calls are the mesh's without a change to them. Immutable.
 *
 * @param service that is meant, in the resource's namespace
 * @param hosts names in lower case, {@code *.} in front of those that stand for all below
 * @param addresses {@code host:port} or {@code host}, of IP addresses, those of IPv6 in brackets
 */
public record MeshService(
    Metadata metadata, ServiceName service, List<String> hosts, List<String> addresses) {
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
}

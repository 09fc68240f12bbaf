package dev.weft.coordinator.zk;

import java.util.regex.Pattern;

/**
 * Where a mesh keeps what in ZooKeeper; the whole layout in one place.
 *
 * @param mesh name of the mesh, so that several may share an ensemble
 */
public record MeshPaths(String mesh) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  public MeshPaths {
    if (!NAME.matcher(mesh).matches()) {
      throw new IllegalArgumentException("mesh: " + mesh + " (expected: a DNS-1123 label)");
    }
  }

  /** What all meshes share. */
  public static String top() {
    return "/weft";
  }

  public String root() {
    return top() + "/" + mesh;
  }

  /** Version of this layout; a newer one is refused. */
  public String format() {
    return root() + "/format";
  }

  /** Revisions of policy. */
  public String config() {
    return root() + "/config";
  }

  /** One ephemeral node for each live coordinator. */
  public String coordinators() {
    return root() + "/coordinators";
  }

  public String coordinator(String id) {
    return coordinators() + "/" + id;
  }

  /** Instances, {@code <coordinator>/<k>}, at most 100 in a node. */
  public String slices() {
    return root() + "/slices";
  }

  public String slices(String coordinator) {
    return slices() + "/" + coordinator;
  }

  public String slice(String coordinator, int k) {
    return slices(coordinator) + "/" + k;
  }

  /** State of the certificate authority, its keys sealed. */
  public String caState() {
    return root() + "/ca/state";
  }

  /** Certificates that are believed no more. */
  public String revocations() {
    return root() + "/ca/revoked";
  }

  public String tokens() {
    return root() + "/tokens";
  }

  public String token(String id) {
    return tokens() + "/" + id;
  }

  /** The election of the one that cleans up. */
  public String leader() {
    return root() + "/leader";
  }
}

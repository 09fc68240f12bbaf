package dev.weft.coordinator;

import dev.weft.coordinator.mesh.MeshLimits;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a coordinator is started.
 *
 * @param data folder of this coordinator alone: embedded ZooKeeper, CA key, audit
 * @param home where agents, proxy and CLI of the same user look ({@code $WEFT_HOME})
 * @param adminHost of the admin port, for who opens it
 * @param adminPort 0: a free one
 * @param meshHost that the mesh port listens on
 * @param meshPort 0: a free one
 * @param advertise {@code host:port} at which agents reach the mesh port; null: where it listens
 * @param zookeeper {@code host:port,…/chroot}; null: embedded
 * @param caKey key file that seals the CA's keys; null: {@code ca.key} in {@code data}
 * @param caPassphrase file with a passphrase that does so instead; null: the key file
 * @param trustDomain of every identity
 * @param mesh name of the mesh
 * @param certificateLife of every leaf, ten seconds to 30 days
 */
public record Options(
    Path data,
    Path home,
    String adminHost,
    int adminPort,
    String meshHost,
    int meshPort,
    @Nullable String advertise,
    @Nullable String zookeeper,
    @Nullable Path caKey,
    @Nullable Path caPassphrase,
    String trustDomain,
    String mesh,
    Duration certificateLife,
    MeshLimits limits) {

  public static final int ADMIN_PORT = 7470;
  public static final int MESH_PORT = 7471;
  public static final Duration CERTIFICATE_LIFE = Duration.ofHours(24);

  public Options {
    checkPort("admin port", adminPort);
    checkPort("mesh port", meshPort);
  }

  /** Everything on this machine, with embedded ZooKeeper. */
  public static Options of(Path data, Path home) {
    return new Options(
        data,
        home,
        "127.0.0.1",
        ADMIN_PORT,
        "127.0.0.1",
        MESH_PORT,
        null,
        null,
        null,
        null,
        "weft.internal",
        "default",
        CERTIFICATE_LIFE,
        MeshLimits.DEFAULTS);
  }

  /** Another address of the admin port. */
  public Options withAdmin(String host, int port) {
    return new Options(
        data,
        home,
        host,
        port,
        meshHost,
        meshPort,
        advertise,
        zookeeper,
        caKey,
        caPassphrase,
        trustDomain,
        mesh,
        certificateLife,
        limits);
  }

  /** Another address of the mesh port. */
  public Options withMesh(String host, int port, @Nullable String advertised) {
    return new Options(
        data,
        home,
        adminHost,
        adminPort,
        host,
        port,
        advertised,
        zookeeper,
        caKey,
        caPassphrase,
        trustDomain,
        mesh,
        certificateLife,
        limits);
  }

  /** An ensemble, or null for the embedded server. */
  public Options withZooKeeper(@Nullable String connectString) {
    return new Options(
        data,
        home,
        adminHost,
        adminPort,
        meshHost,
        meshPort,
        advertise,
        connectString,
        caKey,
        caPassphrase,
        trustDomain,
        mesh,
        certificateLife,
        limits);
  }

  /** Where the secret is that seals the CA's keys; one of both, or none for the default. */
  public Options withCaKey(@Nullable Path keyFile, @Nullable Path passphraseFile) {
    return new Options(
        data,
        home,
        adminHost,
        adminPort,
        meshHost,
        meshPort,
        advertise,
        zookeeper,
        keyFile,
        passphraseFile,
        trustDomain,
        mesh,
        certificateLife,
        limits);
  }

  /** Another trust domain and name of the mesh. */
  public Options withMeshNamed(String name, String domain) {
    return new Options(
        data,
        home,
        adminHost,
        adminPort,
        meshHost,
        meshPort,
        advertise,
        zookeeper,
        caKey,
        caPassphrase,
        domain,
        name,
        certificateLife,
        limits);
  }

  /** Another life of certificates. */
  public Options withCertificateLife(Duration life) {
    return new Options(
        data,
        home,
        adminHost,
        adminPort,
        meshHost,
        meshPort,
        advertise,
        zookeeper,
        caKey,
        caPassphrase,
        trustDomain,
        mesh,
        life,
        limits);
  }

  /** Other bounds of the mesh port. */
  public Options withLimits(MeshLimits other) {
    return new Options(
        data,
        home,
        adminHost,
        adminPort,
        meshHost,
        meshPort,
        advertise,
        zookeeper,
        caKey,
        caPassphrase,
        trustDomain,
        mesh,
        certificateLife,
        other);
  }

  private static void checkPort(String name, int port) {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException(name + ": " + port + " (expected: 0 to 65535)");
    }
  }
}

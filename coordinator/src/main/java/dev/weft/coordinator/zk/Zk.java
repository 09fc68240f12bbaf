package dev.weft.coordinator.zk;

import dev.weft.coordinator.Unavailable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.RetryPolicy;
import org.apache.curator.framework.AuthInfo;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.ACLProvider;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.BoundedExponentialBackoffRetry;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.jspecify.annotations.Nullable;

/**
 * The client of ZooKeeper. Nodes that it makes are for coordinators of this mesh only. While the
 * connection is down, {@link #call} fails at once, and nothing that was read before is forgotten.
 * Safe for use by any thread.
 */
public final class Zk implements AutoCloseable {
  /** Version of the layout that this code reads and writes. */
  static final int FORMAT = 1;

  /**
   * What a server has beside the nodes of meshes; the root last, as it leads to the others. What it
   * says of itself, {@code /zookeeper/config}, can be read by all and written by nobody.
   */
  private static final List<String> SHARED =
      List.of(MeshPaths.top(), "/zookeeper/quota", "/zookeeper", "/");

  private static final int SESSION_MILLIS = 10_000;
  private static final int CONNECT_MILLIS = 5_000;
  private static final int START_SECONDS = 20;

  /** A use of the client that may fail as the client does. */
  @FunctionalInterface
  public interface Call<T> {
    T run(CuratorFramework curator) throws Exception;
  }

  private final CuratorFramework curator;
  private final MeshPaths paths;
  private final String where;
  private volatile ConnectionState state = ConnectionState.CONNECTED;

  private Zk(CuratorFramework curator, MeshPaths paths, String where) {
    this.curator = curator;
    this.paths = paths;
    this.where = where;
    curator.getConnectionStateListenable().addListener((client, changed) -> state = changed);
  }

  /**
   * Connects, and checks or writes the version of the layout.
   *
   * @param secret that coordinators of this mesh share, for the access control of its nodes
   * @throws Unavailable if no server answers within 20 s
   * @throws IllegalStateException if the mesh has a newer layout, or another secret
   */
  public static Zk open(ZkServers servers, MeshPaths paths, String secret) {
    CuratorFramework curator =
        builder(servers, servers.connectString(), "weft:" + secret)
            .aclProvider(new MeshAcl())
            .build();
    Zk zk = new Zk(curator, paths, servers.connectString());
    try {
      connect(curator, servers.connectString());
      zk.checkFormat();
      return zk;
    } catch (RuntimeException e) {
      curator.close();
      throw e;
    }
  }

  /**
   * Makes the chroot of a connect string if it is not there, and tells whether the mesh has been
   * set up. Needs no secret.
   */
  public static boolean meshExists(ZkServers servers, MeshPaths paths) {
    String connectString = servers.connectString();
    int slash = connectString.indexOf('/');
    String hosts = slash < 0 ? connectString : connectString.substring(0, slash);
    String chroot = slash < 0 ? "" : connectString.substring(slash);
    try (CuratorFramework curator = builder(servers, hosts, null).build()) {
      connect(curator, hosts);
      if (!chroot.isEmpty() && curator.checkExists().forPath(chroot) == null) {
        try {
          curator.create().creatingParentsIfNeeded().forPath(chroot);
        } catch (KeeperException.NodeExistsException e) {
          // Another coordinator starts at the same time.
        }
      }
      return curator.checkExists().forPath(chroot + paths.caState()) != null;
    } catch (KeeperException.NoAuthException e) {
      return true; // newer servers do not tell strangers even that
    } catch (RuntimeException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while connecting to ZooKeeper at " + hosts, e);
    } catch (Exception e) {
      throw new Unavailable("ZooKeeper at " + connectString + ": " + e.getMessage(), e);
    }
  }

  private static CuratorFrameworkFactory.Builder builder(
      ZkServers servers, String hosts, @Nullable String digest) {
    RetryPolicy retries = new BoundedExponentialBackoffRetry(100, 1000, 8);
    CuratorFrameworkFactory.Builder builder =
        CuratorFrameworkFactory.builder()
            .connectString(hosts)
            .sessionTimeoutMs(SESSION_MILLIS)
            .connectionTimeoutMs(CONNECT_MILLIS)
            .retryPolicy(retries);
    List<AuthInfo> shown = new ArrayList<>();
    String doorKey = servers.doorKey();
    if (doorKey != null) {
      shown.add(shown(ZooKeeperDoor.SCHEME, doorKey));
    }
    if (digest != null) {
      shown.add(shown("digest", digest));
    }
    return shown.isEmpty() ? builder : builder.authorization(shown);
  }

  private static AuthInfo shown(String scheme, String text) {
    return new AuthInfo(scheme, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void connect(CuratorFramework curator, String where) {
    curator.start();
    try {
      if (!curator.blockUntilConnected(START_SECONDS, TimeUnit.SECONDS)) {
        throw new Unavailable(
            "ZooKeeper at " + where + ": no answer within " + START_SECONDS + " s", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while connecting to ZooKeeper at " + where, e);
    }
  }

  /**
   * Makes a server that nobody else uses this mesh's alone: others who can connect may neither read
   * nor write anything any more. What they might have written before stays.
   *
   * @throws IllegalStateException if it is another's already
   */
  public void claim() {
    for (String path : SHARED) {
      try {
        curator.setACL().withACL(ZooDefs.Ids.CREATOR_ALL_ACL).forPath(path);
      } catch (KeeperException.NoNodeException e) {
        // Not every version has every one.
      } catch (KeeperException.NoAuthException | KeeperException.InvalidACLException e) {
        throw new IllegalStateException(
            path + " in ZooKeeper at " + where + ": somebody else has claimed it", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new Unavailable("interrupted while claiming " + path, e);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new Unavailable("cannot claim " + path + ": " + e.getMessage(), e);
      }
    }
  }

  /** The client itself, for caches and recipes. Its nodes get the mesh's access control. */
  public CuratorFramework curator() {
    return curator;
  }

  public MeshPaths paths() {
    return paths;
  }

  /** Whether ZooKeeper can be reached now. */
  public boolean connected() {
    return state.isConnected();
  }

  /**
   * Reads or writes.
   *
   * @param what for the message, such as {@code "write token 3f"}
   * @throws KeeperException.NoNodeException as ZooKeeper says it; the like for existing nodes and
   *     wrong versions
   * @throws Unavailable for every other reason
   */
  public <T> T call(String what, Call<T> call)
      throws KeeperException.NoNodeException,
          KeeperException.NodeExistsException,
          KeeperException.BadVersionException {
    if (!connected()) {
      throw new Unavailable("cannot " + what + ": no connection to ZooKeeper at " + where, null);
    }
    try {
      return call.run(curator);
    } catch (KeeperException.NoNodeException
        | KeeperException.NodeExistsException
        | KeeperException.BadVersionException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("cannot " + what + ": interrupted", e);
    } catch (Unavailable e) {
      throw e;
    } catch (Exception e) {
      throw new Unavailable(
          "cannot " + what + ": ZooKeeper at " + where + ": " + e.getMessage(), e);
    }
  }

  private void checkFormat() {
    try {
      byte[] mine = Integer.toString(FORMAT).getBytes(StandardCharsets.US_ASCII);
      try {
        curator.create().creatingParentsIfNeeded().forPath(paths.format(), mine);
      } catch (KeeperException.NodeExistsException e) {
        String theirs =
            new String(curator.getData().forPath(paths.format()), StandardCharsets.US_ASCII);
        if (!theirs.matches("[0-9]{1,9}") || Integer.parseInt(theirs) > FORMAT) {
          throw new IllegalStateException(
              paths.format()
                  + " in ZooKeeper: "
                  + theirs
                  + " (expected: at most "
                  + FORMAT
                  + "; a newer coordinator has written here)",
              e);
        }
      }
    } catch (KeeperException.NoAuthException e) {
      throw new IllegalStateException(
          "mesh "
              + paths.mesh()
              + " in ZooKeeper at "
              + where
              + " belongs to coordinators with another CA key (expected: the ca.key, or passphrase,"
              + " of the first one)",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while reading " + paths.format(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Unavailable("cannot read " + paths.format() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    curator.close();
  }

  /** Everything below a mesh is its creators' alone; what meshes share, anyone may add to. */
  private static final class MeshAcl implements ACLProvider {
    @Override
    public List<ACL> getDefaultAcl() {
      return ZooDefs.Ids.CREATOR_ALL_ACL;
    }

    @Override
    public List<ACL> getAclForPath(String path) {
      return path.equals(MeshPaths.top())
          ? ZooDefs.Ids.OPEN_ACL_UNSAFE
          : ZooDefs.Ids.CREATOR_ALL_ACL;
    }
  }
}

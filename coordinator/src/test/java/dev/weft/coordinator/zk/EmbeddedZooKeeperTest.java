package dev.weft.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server that comes with a coordinator, as another user of the machine finds it. */
class EmbeddedZooKeeperTest {
  private static final MeshPaths PATHS = new MeshPaths("default");

  @TempDir Path dir;

  /** An attempt of somebody who can connect and knows no secret. */
  private interface Attempt {
    Object run(CuratorFramework stranger) throws Exception;
  }

  private static final List<Attempt> ATTEMPTS =
      List.of(
          stranger -> stranger.getChildren().forPath("/"),
          stranger -> stranger.create().forPath("/junk", new byte[1000]),
          stranger -> stranger.getChildren().forPath("/weft"),
          stranger -> stranger.create().forPath("/weft/other"),
          stranger -> stranger.setData().forPath("/weft", new byte[1000]),
          stranger -> stranger.getData().forPath(PATHS.format()),
          stranger -> stranger.getChildren().forPath(PATHS.root()),
          stranger -> stranger.delete().forPath(PATHS.format()),
          stranger -> stranger.create().forPath("/zookeeper/quota/weft"),
          stranger -> stranger.setData().forPath("/zookeeper", new byte[1000]),
          stranger -> stranger.setData().forPath("/zookeeper/config", new byte[1000]),
          stranger -> stranger.setACL().withACL(ZooDefs.Ids.OPEN_ACL_UNSAFE).forPath("/weft"),
          stranger -> stranger.setACL().withACL(ZooDefs.Ids.OPEN_ACL_UNSAFE).forPath("/"));

  private static List<Integer> successes(EmbeddedZooKeeper server, String digest) throws Exception {
    List<Integer> successes = new ArrayList<>();
    try (CuratorFramework stranger =
        CuratorFrameworkFactory.builder()
            .connectString(server.connectString())
            .retryPolicy(new RetryOneTime(10))
            .authorization("digest", digest.getBytes("US-ASCII"))
            .build()) {
      stranger.start();
      for (int i = 0; i < ATTEMPTS.size(); i++) {
        try {
          ATTEMPTS.get(i).run(stranger);
          successes.add(i);
        } catch (KeeperException.NoAuthException e) {
          // As it should be.
        }
      }
    }
    return successes;
  }

  @Test
  void whoKnowsNoSecret_mayNeitherReadNorWrite() throws Exception {
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir)) {
      try (Zk zk = Zk.open(server.connectString(), PATHS, "secret")) {
        zk.claim();
        assertThat(successes(server, "weft:guess")).isEmpty();
        assertThat(new String(zk.curator().getData().forPath(PATHS.format()), "US-ASCII"))
            .isEqualTo("1");
      }
      assertThatThrownBy(() -> Zk.open(server.connectString(), PATHS, "guess"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another CA key");
    }
  }

  @Test
  void dataOfAnEarlierVersion_isClaimedAsWell_andStays() throws Exception {
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir);
        Zk zk = Zk.open(server.connectString(), PATHS, "secret")) {
      zk.curator().create().creatingParentsIfNeeded().forPath(PATHS.token("a1"), new byte[] {1});
      assertThat(successes(server, "weft:guess")).as("it was open").contains(0, 1);
    }
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir)) {
      Zk.meshExists(server.connectString(), PATHS);
      for (int start = 0; start < 2; start++) {
        try (Zk zk = Zk.open(server.connectString(), PATHS, "secret")) {
          zk.claim();
          assertThat(zk.curator().getData().forPath(PATHS.token("a1"))).containsExactly(1);
          assertThat(successes(server, "weft:guess")).isEmpty();
        }
      }
    }
  }
}

package dev.weft.coordinator.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.AuthInfo;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
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

  /** As somebody who got through the door, and has another secret. */
  private static List<Integer> successes(EmbeddedZooKeeper server, String digest) throws Exception {
    List<Integer> successes = new ArrayList<>();
    try (CuratorFramework stranger =
        CuratorFrameworkFactory.builder()
            .connectString(server.servers().connectString())
            .retryPolicy(new RetryOneTime(10))
            .authorization(
                List.of(
                    new AuthInfo(
                        ZooKeeperDoor.SCHEME,
                        String.valueOf(server.servers().doorKey()).getBytes("US-ASCII")),
                    new AuthInfo("digest", digest.getBytes("US-ASCII"))))
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
      try (Zk zk = Zk.open(server.servers(), PATHS, "secret")) {
        zk.claim();
        assertThat(successes(server, "weft:guess")).isEmpty();
        assertThat(new String(zk.curator().getData().forPath(PATHS.format()), "US-ASCII"))
            .isEqualTo("1");
      }
      assertThatThrownBy(() -> Zk.open(server.servers(), PATHS, "guess"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another CA key");
    }
  }

  /** Nothing of what it says is read, be it as harmless as to ask whether there is something. */
  @Test
  void whoHasNoKeyToTheDoor_isNotHeard() throws Exception {
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir);
        Zk zk = Zk.open(server.servers(), PATHS, "secret")) {
      zk.claim();
      for (String scheme : List.of("digest", ZooKeeperDoor.SCHEME, "none")) {
        CountDownLatch over = new CountDownLatch(1);
        try (ZooKeeper stranger =
            new ZooKeeper(
                server.servers().connectString(),
                10_000,
                event -> {
                  if (event.getState() != Watcher.Event.KeeperState.SyncConnected) {
                    over.countDown();
                  }
                })) {
          if (!scheme.equals("none")) {
            stranger.addAuthInfo(scheme, "weft:guess".getBytes("US-ASCII"));
          }
          assertThatThrownBy(() -> stranger.exists("/nothing", true))
              .isInstanceOf(KeeperException.class);
          assertThat(over.await(20, TimeUnit.SECONDS)).as("hung up on").isTrue();
        }
      }
      assertThat(zk.curator().checkExists().forPath(PATHS.format())).isNotNull();
    }
  }

  /** Each that is not heard may announce a request of 1 MiB. */
  @Test
  void noMoreConnectionsThanTheHeapHasRoomFor() throws Exception {
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir);
        Zk zk = Zk.open(server.servers(), PATHS, "secret")) {
      zk.claim();
      int port = Integer.parseInt(server.servers().connectString().split(":")[1]);
      List<Socket> strangers = new ArrayList<>();
      try {
        int closed = 0;
        for (int i = 0; i < 150; i++) {
          Socket stranger = new Socket();
          strangers.add(stranger);
          stranger.bind(new InetSocketAddress("127.0.0." + (2 + i % 50), 0));
          announce(stranger, port);
        }
        for (Socket stranger : strangers.subList(100, 150)) {
          if (ends(stranger)) {
            closed++;
          }
        }
        assertThat(closed).isEqualTo(50);
        assertThat(zk.curator().checkExists().forPath(PATHS.format())).isNotNull();
      } finally {
        for (Socket stranger : strangers) {
          stranger.close();
        }
      }
    }
  }

  private static void announce(Socket stranger, int port) {
    try {
      stranger.connect(new InetSocketAddress("127.0.0.1", port));
      stranger.getOutputStream().write(new byte[] {0, 0x0f, (byte) 0xff, (byte) 0xff});
    } catch (IOException e) {
      // Hung up on already.
    }
  }

  private static boolean ends(Socket stranger) throws IOException {
    if (stranger.isClosed()) {
      return true; // hung up on while it connected: a failed connect closes it
    }
    stranger.setSoTimeout(20_000);
    try {
      return stranger.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void dataOfAnEarlierVersion_isClaimedAsWell_andStays() throws Exception {
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir);
        Zk zk = Zk.open(server.servers(), PATHS, "secret")) {
      zk.curator().create().creatingParentsIfNeeded().forPath(PATHS.token("a1"), new byte[] {1});
      assertThat(successes(server, "weft:guess")).as("it was open").contains(0, 1);
    }
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(dir)) {
      Zk.meshExists(server.servers(), PATHS);
      for (int start = 0; start < 2; start++) {
        try (Zk zk = Zk.open(server.servers(), PATHS, "secret")) {
          zk.claim();
          assertThat(zk.curator().getData().forPath(PATHS.token("a1"))).containsExactly(1);
          assertThat(successes(server, "weft:guess")).isEmpty();
        }
      }
    }
  }
}

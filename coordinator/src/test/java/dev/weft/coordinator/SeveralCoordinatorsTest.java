package dev.weft.coordinator;

import static dev.weft.coordinator.mesh.TestAgent.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.ca.CaException;
import dev.weft.coordinator.mesh.SettableConfig;
import dev.weft.coordinator.mesh.TestAgent;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Revoked;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.curator.RetryPolicy;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.KeeperException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Coordinators on one ZooKeeper that is not theirs, and what happens when one or the other goes.
 */
class SeveralCoordinatorsTest {
  @TempDir Path dir;
  private TestingServer zookeeper;

  @BeforeEach
  void startZooKeeper() throws Exception {
    InstanceSpec spec = InstanceSpec.newInstanceSpec();
    zookeeper =
        new TestingServer(
            new InstanceSpec(
                dir.resolve("zookeeper").toFile(),
                spec.getPort(),
                spec.getElectionPort(),
                spec.getQuorumPort(),
                false,
                1,
                500,
                -1),
            true);
  }

  @AfterEach
  void stopZooKeeper() throws Exception {
    zookeeper.close();
  }

  private Options options(String name) {
    return Options.of(dir.resolve(name), dir.resolve("home-" + name))
        .withMesh("127.0.0.1", 0, null)
        .withZooKeeper(zookeeper.getConnectString() + "/meshes/test")
        .withCaKey(dir.resolve("ca.key"), null);
  }

  private Coordinator start(String name) throws Exception {
    Coordinator coordinator = Coordinator.start(options(name));
    coordinator.setConfig(new SettableConfig());
    return coordinator;
  }

  private String token(String name) throws Exception {
    return Files.readString(dir.resolve("home-" + name + "/join-token")).strip();
  }

  @Test
  void instanceThatRegistersAtOneIsSeenAtTheOther_alsoWhenThatOneIsGone() throws Exception {
    String id = UUID.randomUUID().toString();
    try (Coordinator b = start("b")) {
      Coordinator a = start("a");
      String token = token("b");
      TestAgent.Credentials shop = TestAgent.join(b.meshAddress(), token, "default", "shop");
      TestAgent.Credentials orders =
          TestAgent.join(a.meshAddress(), token("a"), "default", "orders");
      try (TestAgent watcher =
          TestAgent.open(b.meshAddress(), token, shop, UUID.randomUUID().toString())) {
        watcher.send(new Message.Subscribe(List.of("default/orders"), List.of()));
        watcher.expect(Message.Endpoints.class);

        // Credentials of one are good at the other: there is one authority.
        TestAgent server = TestAgent.open(a.meshAddress(), token, orders, id);
        server.send(register(8081, InstanceState.READY));
        assertThat(state(watcher, id)).isEqualTo(InstanceState.READY);
        server.send(register(8081, InstanceState.DRAINING));
        assertThat(state(watcher, id)).isEqualTo(InstanceState.DRAINING);
        server.expect(Message.Drained.class);
        server.send(register(8081, InstanceState.READY));
        assertThat(state(watcher, id)).isEqualTo(InstanceState.READY);
        assertThat(b.peers())
            .containsExactlyInAnyOrder(text(a.meshAddress()), text(b.meshAddress()));
        assertThat(b.registry().otherCoordinators()).containsExactly(text(a.meshAddress()));

        a.close();
        server.expect(Message.GoAway.class);
        assertThat(state(watcher, id)).isEqualTo(InstanceState.ORPHAN);
        server.close();

        try (TestAgent back = TestAgent.open(b.meshAddress(), token, orders, id)) {
          back.send(register(8081, InstanceState.READY));
          assertThat(state(watcher, id)).isEqualTo(InstanceState.READY);
          back.send(new Message.Bye());
          Message.Endpoints gone = watcher.expect(Message.Endpoints.class);
          assertThat(gone.remove()).containsExactly(id);
        }
      }
    }
  }

  @Test
  void whatOneRevokes_theOthersAgentsAreToldOf_andWhoHasATokenJoinsAgain() throws Exception {
    try (Coordinator a = start("a");
        Coordinator b = start("b")) {
      TestAgent.Credentials shop = TestAgent.join(b.meshAddress(), token("b"), "default", "shop");
      TestAgent.Credentials orders =
          TestAgent.join(b.meshAddress(), token("b"), "default", "orders");
      try (TestAgent watcher =
              TestAgent.open(b.meshAddress(), token("b"), shop, UUID.randomUUID().toString());
          TestAgent revoked =
              TestAgent.open(b.meshAddress(), token("b"), orders, UUID.randomUUID().toString())) {
        a.revocations().revoke("default", "orders");

        Message.Bundle told =
            watcher.expect(Message.Bundle.class, bundle -> !bundle.revoked().isEmpty());
        assertThat(told.revoked().get(0).service()).isEqualTo("orders");
        revoked.expectEnd();
        watcher.ping();
      }
      try (TestAgent again = TestAgent.connect(b.meshAddress(), token("b"), orders)) {
        // In TLS 1.3 the client hears of it when it reads.
        assertThatThrownBy(() -> again.expect(Message.Welcome.class))
            .isInstanceOf(IOException.class);
      } catch (IOException e) {
        // Or earlier.
      }
      TestAgent.Credentials next = TestAgent.join(b.meshAddress(), token("b"), "default", "orders");
      try (TestAgent back =
          TestAgent.open(b.meshAddress(), token("b"), next, UUID.randomUUID().toString())) {
        Message.Bundle bundle = back.expect(Message.Bundle.class);
        assertThat(bundle.revoked()).as("known from the start").hasSize(1);
        assertThat(next.chain().get(0).getNotBefore().getTime())
            .isGreaterThanOrEqualTo(bundle.revoked().get(0).beforeMillis());
      }
    }
  }

  @Test
  void whileZooKeeperIsAwayReadsGoOnAndWritesAreRefused() throws Exception {
    String id = UUID.randomUUID().toString();
    try (Coordinator a = start("a");
        Coordinator b = start("b")) {
      TestAgent.Credentials shop = TestAgent.join(b.meshAddress(), token("b"), "default", "shop");
      TestAgent.Credentials orders =
          TestAgent.join(a.meshAddress(), token("a"), "default", "orders");
      try (TestAgent watcher =
              TestAgent.open(b.meshAddress(), token("b"), shop, UUID.randomUUID().toString());
          TestAgent server = TestAgent.open(a.meshAddress(), token("b"), orders, id)) {
        watcher.send(new Message.Subscribe(List.of("default/orders"), List.of()));
        watcher.expect(Message.Endpoints.class);
        server.send(register(8081, InstanceState.READY));
        assertThat(state(watcher, id)).isEqualTo(InstanceState.READY);
        a.tokens().create("default", "orders", Duration.ofHours(1), 1);

        zookeeper.stop();
        await(() -> !a.isConnected() && !b.isConnected());

        assertThatThrownBy(() -> a.tokens().create("default", "orders", Duration.ofHours(1), 1))
            .isInstanceOf(Unavailable.class)
            .hasMessageContaining("no connection to ZooKeeper");
        try (TestAgent stranger = TestAgent.connect(b.meshAddress(), token("b"), null)) {
          stranger.send(new Message.Join(token("b"), new byte[0], "default", "x", "x", "x"));
          assertThat(stranger.expect(Message.Refused.class).code()).isEqualTo("unavailable");
        }
        assertThat(b.registry().instances()).extracting(Instance::id).containsExactly(id);
        // The same coordinator's agents do not even notice.
        try (TestAgent own =
            TestAgent.open(a.meshAddress(), token("b"), shop, UUID.randomUUID().toString())) {
          own.send(new Message.Subscribe(List.of("default/orders"), List.of()));
          assertThat(own.expect(Message.Endpoints.class).add()).hasSize(1);
        }
        server.send(register(8082, InstanceState.READY));
        server.ping();

        zookeeper.restart();
        Message.Endpoints caughtUp = watcher.expect(Message.Endpoints.class);
        assertThat(caughtUp.add()).hasSize(1);
        assertThat(caughtUp.add().get(0).ports().get(0).number()).isEqualTo(8082);
        assertThat(caughtUp.remove()).isEmpty();
      }
    }
  }

  @Test
  void whatTheMeshKeepsIsForItsCoordinatorsOnly() throws Exception {
    try (Coordinator a = start("a")) {
      a.tokens().create("default", "orders", Duration.ofHours(1), 1);
      RetryPolicy once = new RetryOneTime(100);
      try (CuratorFramework stranger =
          CuratorFrameworkFactory.newClient(zookeeper.getConnectString() + "/meshes/test", once)) {
        stranger.start();
        for (String path :
            List.of(
                a.paths().root(),
                a.paths().caState(),
                a.paths().tokens(),
                a.paths().coordinators(),
                a.paths().coordinator(a.id()),
                a.paths().format())) {
          assertThatThrownBy(() -> stranger.getData().forPath(path))
              .as(path)
              .isInstanceOf(KeeperException.NoAuthException.class);
          assertThatThrownBy(() -> stranger.create().forPath(path + "/x"))
              .as(path)
              .isInstanceOf(KeeperException.class);
        }
      }
      assertThatThrownBy(
              () -> Coordinator.start(options("c").withCaKey(dir.resolve("none.key"), null)))
          .isInstanceOf(CaException.class)
          .hasMessageContaining("none.key: not there, and mesh default exists");
      dev.weft.ca.KeySealer.createKeyFile(
          dir.resolve("other.key"), new java.security.SecureRandom());
      assertThatThrownBy(
              () -> Coordinator.start(options("c").withCaKey(dir.resolve("other.key"), null)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another CA key");
    }
  }

  @Test
  void newerLayoutIsRefused() throws Exception {
    try (Coordinator a = start("a")) {
      a.curator().setData().forPath(a.paths().format(), "2".getBytes());
    }
    assertThatThrownBy(() -> start("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a newer coordinator has written here");
  }

  @Test
  void restartedCoordinatorIsTheSameAuthority_andExpectsItsInstances() throws Exception {
    Options embedded = options("a").withZooKeeper(null);
    String id = UUID.randomUUID().toString();
    String token;
    String epoch;
    TestAgent.Credentials orders;
    try (Coordinator first = Coordinator.start(embedded)) {
      first.setConfig(new SettableConfig());
      token = token("a");
      epoch = first.id();
      orders = TestAgent.join(first.meshAddress(), token, "default", "orders");
      TestAgent server = TestAgent.open(first.meshAddress(), token, orders, id);
      server.send(register(8081, InstanceState.READY));
      server.ping();
      first.revocations().revoke("a1b2");
    }
    try (Coordinator second = Coordinator.start(embedded)) {
      second.setConfig(new SettableConfig());
      assertThat(second.id()).isNotEqualTo(epoch);
      assertThat(token("a")).as("the developer's token is still good").isEqualTo(token);
      assertThat(second.registry().instances())
          .extracting(Instance::id, Instance::state)
          .containsExactly(org.assertj.core.groups.Tuple.tuple(id, InstanceState.ORPHAN));
      assertThat(second.audit().recent(100))
          .extracting(AuditView.Entry::action)
          .contains("certificate.issued");

      try (TestAgent back = TestAgent.connect(second.meshAddress(), token, orders)) {
        back.send(
            new Message.Hello(
                1,
                "test",
                id,
                Map.of(),
                "",
                epoch,
                Map.of("default/orders", 1024L),
                List.of(),
                false));
        assertThat(back.expect(Message.Welcome.class).epoch()).isEqualTo(second.id());
        assertThat(back.expect(Message.Bundle.class).revoked())
            .containsExactly(Revoked.certificate("a1b2"));
        Message.Endpoints known = back.expect(Message.Endpoints.class);
        assertThat(known.base()).isEqualTo(-1);
        assertThat(known.add()).extracting(Instance::state).containsExactly(InstanceState.ORPHAN);
        back.send(register(8081, InstanceState.READY));
        assertThat(state(back, id)).isEqualTo(InstanceState.READY);
      }
    }
  }

  private static InstanceState state(TestAgent watcher, String id) throws Exception {
    Message.Endpoints change =
        watcher.expect(
            Message.Endpoints.class, e -> e.add().stream().anyMatch(i -> i.id().equals(id)));
    return change.add().get(0).state();
  }

  private static void await(java.util.function.BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
    }
  }

  private static String text(InetSocketAddress address) {
    return "127.0.0.1:" + address.getPort();
  }
}

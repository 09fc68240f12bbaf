package dev.weft.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.ca.CaState.Phase;
import dev.weft.ca.CaStatus;
import dev.weft.ca.RotationRefused;
import dev.weft.coordinator.mesh.SettableConfig;
import dev.weft.coordinator.mesh.TestAgent;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The root rotates under coordinators and agents as they are. Leaves live for ten seconds. */
@Timeout(180)
class RootRotationTest {
  private static final Duration LIFE = Duration.ofSeconds(10);

  @TempDir Path dir;
  private TestingServer zookeeper;

  @BeforeEach
  void startZooKeeper() throws Exception {
    zookeeper = new TestingServer();
  }

  @AfterEach
  void stopZooKeeper() throws Exception {
    zookeeper.close();
  }

  private Coordinator start(String name) throws Exception {
    Coordinator coordinator =
        Coordinator.start(
            Options.of(dir.resolve(name), dir.resolve("home-" + name))
                .withMesh("127.0.0.1", 0, null)
                .withZooKeeper(zookeeper.getConnectString())
                .withCaKey(dir.resolve("ca.key"), null)
                .withCertificateLife(LIFE));
    coordinator.setConfig(new SettableConfig());
    return coordinator;
  }

  private String developersToken(String name) throws Exception {
    return Files.readString(dir.resolve("home-" + name + "/join-token")).strip();
  }

  private List<X509Certificate> home(String name) throws Exception {
    try (InputStream pem = Files.newInputStream(dir.resolve("home-" + name + "/ca.pem"))) {
      List<X509Certificate> all = new ArrayList<>();
      CertificateFactory.getInstance("X.509")
          .generateCertificates(pem)
          .forEach(one -> all.add((X509Certificate) one));
      return all;
    }
  }

  private static String address(Coordinator coordinator) {
    return "127.0.0.1:" + coordinator.meshAddress().getPort();
  }

  private static Phase phase(Coordinator coordinator) {
    return coordinator.authority().view().status().phase();
  }

  private static void await(String what, Supplier<?> seen, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("%s: %s", what, seen.get()).isLessThan(end);
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static List<AuditView.Entry> rotations(Coordinator coordinator) {
    List<AuditView.Entry> all = new ArrayList<>();
    for (AuditView.Entry entry : coordinator.audit().recent(1000)) {
      if (entry.action().equals("ca.rotation")) {
        all.add(0, entry);
      }
    }
    return all;
  }

  @Test
  void agentsOfTwoCoordinatorsFollow_andAnOldTokenStillJoins() throws Exception {
    try (Coordinator a = start("a");
        Coordinator b = start("b")) {
      String token = a.tokens().create("default", "late", Duration.ofHours(1), -1);
      CaStatus before = a.authority().view().status();
      String developers = developersToken("a");
      try (RealAgent shop = new RealAgent("shop", developers, address(a));
          RealAgent orders = new RealAgent("orders", developers, address(b))) {
        List<RealAgent> agents = List.of(shop, orders);
        await("joined", shop::said, () -> agents.stream().allMatch(RealAgent::connected));

        b.authority().rotate(); // whoever leads
        assertThatThrownBy(() -> a.authority().rotate()).isInstanceOf(RotationRefused.class);
        for (Coordinator one : List.of(a, b)) {
          await(
              "rotated",
              () -> one.authority().view(),
              () -> phase(one) == Phase.STABLE && !one.bundle().equals(before.bundle()));
        }

        X509Certificate root = a.bundle().get(0);
        assertThat(a.bundle()).containsExactly(root).isEqualTo(b.bundle());
        assertThat(root).isNotEqualTo(before.root());
        for (RealAgent agent : agents) {
          await("told", agent::said, () -> agent.tls.bundle().roots().length == 1);
          assertThat(agent.tls.bundle().roots()).containsExactly(root);
          assertThat(agent.tls.identity().chain()[1].getIssuerX500Principal())
              .isEqualTo(root.getSubjectX500Principal());
        }
        for (String name : List.of("a", "b")) {
          await("ca.pem", () -> name, () -> uncheckedHome(name).equals(List.of(root)));
        }
        assertThat(developersToken("a")).as("names the new root").isNotEqualTo(developers);
        List<AuditView.Entry> steps = rotations(a);
        steps.addAll(rotations(b));
        assertThat(steps)
            .extracting(AuditView.Entry::subject)
            .containsExactlyInAnyOrder("DISTRIBUTING", "SIGNING", "RETIRING", "STABLE");

        // The old root is trusted no more, but leads to the new one.
        assertThat(a.authority().view().status().former()).containsExactly(before.root());
        try (RealAgent late = new RealAgent("late", token, address(a))) {
          await("joined with an old token", late::said, late::connected);
          assertThat(late.tls.bundle().roots()).containsExactly(root);
        }

        // And once more, so that the token leads over two.
        a.authority().rotate();
        await(
            "rotated again",
            () -> a.authority().view(),
            () -> phase(a) == Phase.STABLE && !a.bundle().contains(root));
        assertThat(a.authority().view().status().former()).containsExactly(root, before.root());
        try (RealAgent late = new RealAgent("late", token, address(b))) {
          await("joined with an older token", late::said, late::connected);
        }
      }
    }
  }

  private List<X509Certificate> uncheckedHome(String name) {
    try {
      return home(name);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** It has both the leader's death and the waiting for one agent in it. */
  @Test
  void rotationWaitsForEveryAgent_andAnotherLeaderGoesOn() throws Exception {
    Coordinator a = start("a");
    try (Coordinator b = start("b")) {
      await("a leader", () -> "", a::isLeader);
      String developers = developersToken("b");
      TestAgent.Credentials credentials =
          TestAgent.join(b.meshAddress(), developers, "default", "slow");
      try (TestAgent slow =
              TestAgent.open(
                  b.meshAddress(), developers, credentials, UUID.randomUUID().toString());
          RealAgent shop = new RealAgent("shop", developers, address(b))) {
        await("joined", shop::said, shop::connected);
        a.authority().rotate();
        slow.expect(dev.weft.wire.Message.Bundle.class);
        await(
            "one of two is ready",
            () -> a.authority().view(),
            () ->
                a.authority().view().progress().stream()
                    .anyMatch(
                        one ->
                            one.following()
                                && one.agents() == 2
                                && one.ready() == 1
                                && one.missing().size() == 1
                                && one.missing().get(0).startsWith("default/slow at ")));
        assertThat(phase(a)).isEqualTo(Phase.DISTRIBUTING);
        a.close();
        await("another leader", () -> "", b::isLeader);
        assertThat(phase(b)).isEqualTo(Phase.DISTRIBUTING);
      }
      await(
          "done, now that nobody is missing",
          () -> b.authority().view(),
          () -> phase(b) == Phase.STABLE);
      assertThat(b.bundle()).hasSize(1);
      // A step is audited after it is taken.
      await("audited", () -> rotations(b), () -> rotations(b).size() == 3);
      assertThat(rotations(b))
          .extracting(AuditView.Entry::subject)
          .containsExactly("SIGNING", "RETIRING", "STABLE");
      assertThat(rotations(b).get(0).details())
          .containsEntry("from", "DISTRIBUTING")
          .containsEntry("roots", "2");
    } finally {
      a.close();
    }
  }
}

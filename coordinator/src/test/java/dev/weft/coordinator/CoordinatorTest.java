package dev.weft.coordinator;

import static dev.weft.coordinator.mesh.TestAgent.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.coordinator.mesh.SettableConfig;
import dev.weft.coordinator.mesh.TestAgent;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole coordinator, spoken to over its real port. */
class CoordinatorTest {
  private static final String ORDERS_1 = "11111111-1111-1111-1111-111111111111";
  private static final String SHOP = "55555555-5555-5555-5555-555555555555";

  @TempDir static Path dir;
  private static final SettableConfig config = new SettableConfig();
  private static Coordinator coordinator;
  private static InetSocketAddress mesh;
  private static String token;

  @BeforeAll
  static void start() throws Exception {
    coordinator =
        Coordinator.start(
            Options.of(dir.resolve("data"), dir.resolve("home")).withMesh("127.0.0.1", 0, null));
    mesh = coordinator.meshAddress();
    token = Files.readString(dir.resolve("home/join-token")).strip();
    coordinator.setConfig(config);
  }

  @AfterAll
  static void stop() {
    coordinator.close();
  }

  private static TestAgent agent(String service, String instance) throws Exception {
    TestAgent.Credentials credentials = TestAgent.join(mesh, token, "default", service);
    return TestAgent.open(mesh, token, credentials, instance);
  }

  @Test
  void anInstancesWholeLife() throws Exception {
    try (TestAgent shop = agent("shop", SHOP);
        TestAgent orders = agent("orders", ORDERS_1)) {
      shop.send(new Message.Subscribe(List.of("default/orders"), List.of()));
      Message.Endpoints none = shop.expect(Message.Endpoints.class);
      assertThat(none.base()).isEqualTo(-1);
      assertThat(none.add()).isEmpty();

      orders.send(register(8081, InstanceState.STARTING));
      orders.send(register(8081, InstanceState.READY));
      Message.Endpoints one = shop.expect(Message.Endpoints.class);
      assertThat(one.base()).isEqualTo(none.revision());
      Instance instance = one.add().get(0);
      assertThat(instance.id()).isEqualTo(ORDERS_1);
      assertThat(instance.service()).isEqualTo("orders");
      assertThat(instance.labels()).containsExactly(java.util.Map.entry("version", "v1"));
      assertThat(instance.state()).isEqualTo(InstanceState.READY);
      assertThat(instance.ports().get(0).tls()).isEqualTo(TlsMode.PERMISSIVE);
      assertThat(coordinator.registry().instances()).contains(instance);
      assertThat(coordinator.registry().agents())
          .anySatisfy(
              agent -> {
                assertThat(agent.service()).isEqualTo("shop");
                assertThat(agent.subscriptions()).containsExactly("default/orders");
              });

      orders.send(register(8081, InstanceState.DRAINING));
      Message.Endpoints draining = shop.expect(Message.Endpoints.class);
      assertThat(draining.base()).isEqualTo(one.revision());
      assertThat(draining.add())
          .extracting(Instance::state)
          .containsExactly(InstanceState.DRAINING);
      orders.expect(Message.Drained.class);

      orders.send(new Message.Bye());
      Message.Endpoints gone = shop.expect(Message.Endpoints.class);
      assertThat(gone.remove()).containsExactly(ORDERS_1);
      assertThat(gone.explicit()).isTrue();
      orders.expectEnd();
    }
  }

  @Test
  void nobodyIsLetIn_beforePolicyIsThere() throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    SettableConfig strict = new SettableConfig();
    strict.set(SettableConfig.peerAuthentication("default", "all", "STRICT"));
    try (Coordinator late =
        Coordinator.start(
            Options.of(dir.resolve("late"), dir.resolve("late-home"))
                .withMesh("127.0.0.1", 0, null))) {
      String itsToken = Files.readString(dir.resolve("late-home/join-token")).strip();
      Future<TestAgent.Credentials> joined =
          threads.submit(() -> TestAgent.join(late.meshAddress(), itsToken, "default", "orders"));
      assertThatThrownBy(() -> joined.get(2, TimeUnit.SECONDS))
          .isInstanceOf(TimeoutException.class);

      late.setConfig(strict);
      try (TestAgent agent = TestAgent.open(late.meshAddress(), itsToken, joined.get(), ORDERS_1)) {
        assertThat(agent.expect(Message.Push.class).upsert()).hasSize(1);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void developersTokenAndCaAreFoundAtHome() throws Exception {
    Path file = dir.resolve("home/join-token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(dir.resolve("home/ca.pem")))
        .startsWith("-----BEGIN CERTIFICATE-----\n");
    assertThat(coordinator.tokens().list())
        .anySatisfy(
            one -> {
              assertThat(one.namespace()).isEmpty();
              assertThat(one.usesLeft()).isEqualTo(-1);
            });
  }

  @Test
  void whatIsIssuedAndRefusedIsAudited() throws Exception {
    String orders = coordinator.tokens().create("default", "orders", Duration.ofHours(1), 1);
    TestAgent.join(mesh, orders, "default", "orders");

    try (TestAgent again = TestAgent.connect(mesh, orders, null)) {
      again.send(new Message.Join(orders, new byte[] {1}, "default", "orders", ORDERS_1, "test"));
      Message.Refused refused = again.expect(Message.Refused.class);
      assertThat(refused.code()).isEqualTo("bad_token");
      assertThat(refused.message()).contains("all its uses are spent");
      again.expectEnd();
    }
    try (TestAgent other = TestAgent.connect(mesh, token, null)) {
      other.send(new Message.Join(token, new byte[] {1}, "default", "orders", ORDERS_1, "test"));
      assertThat(other.expect(Message.Refused.class).code()).isEqualTo("bad_csr");
      other.expectEnd();
    }
    List<AuditView.Entry> recent = coordinator.audit().recent(100);
    assertThat(recent)
        .anySatisfy(
            entry -> {
              assertThat(entry.action()).isEqualTo("certificate.issued");
              assertThat(entry.subject()).isEqualTo("spiffe://weft.internal/ns/default/sa/orders");
              assertThat(entry.details()).containsKeys("serial", "notAfter", "remote");
            })
        .anySatisfy(
            entry -> {
              assertThat(entry.action()).isEqualTo("certificate.refused");
              assertThat(entry.details()).containsEntry("code", "bad_token");
            })
        .anySatisfy(
            entry -> {
              assertThat(entry.action()).isEqualTo("certificate.refused");
              assertThat(entry.details()).containsEntry("code", "bad_csr");
            })
        .anySatisfy(entry -> assertThat(entry.action()).isEqualTo("token.created"));
    assertThat(Files.readString(dir.resolve("data/refusals.jsonl")))
        .contains("\"certificate.refused\"");
    assertThat(Files.readString(dir.resolve("data/issued.jsonl")))
        .contains("\"certificate.issued\"")
        .doesNotContain("\"certificate.refused\"");
  }

  @Test
  void secondCoordinatorOnTheFolderIsRefused() {
    assertThatThrownBy(
            () -> Coordinator.start(coordinator.options().withMesh("127.0.0.1", 0, null)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("another coordinator is running on it");
  }
}

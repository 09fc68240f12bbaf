package dev.weft.coordinator.admin;

import dev.weft.ca.Revocations;
import dev.weft.coordinator.AgentInfo;
import dev.weft.coordinator.AuditView;
import dev.weft.coordinator.MemoryRevocationStore;
import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.TokenAdmin;
import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.ca.CertificateRevocations;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.coordinator.telemetry.Topology;
import dev.weft.policy.TlsMode;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import dev.weft.wire.Message;
import dev.weft.wire.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.test.TestingServer;
import org.jspecify.annotations.Nullable;

/** A real admin server on a real ZooKeeper; registry, tokens and audit are in memory. */
public final class TestAdmin implements AutoCloseable {
  public static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  public final List<Instance> instances = new CopyOnWriteArrayList<>();
  public final List<AgentInfo> agents = new CopyOnWriteArrayList<>();
  public final List<String> others = new CopyOnWriteArrayList<>();
  public final Topology topology = new Topology(System::nanoTime, Runtime.getRuntime().maxMemory());
  public final List<TokenAdmin.TokenInfo> tokens = new CopyOnWriteArrayList<>();
  public final Revocations revocations =
      new Revocations(new MemoryRevocationStore(), Clock.fixed(NOW, ZoneOffset.UTC));
  public final List<AuditView.Entry> audit = new CopyOnWriteArrayList<>();
  public final TestAuthority authority = new TestAuthority();
  public final Path home;
  public final ConfigStore store;
  public final AdminServer server;

  private final TestingServer zookeeper;
  private final CuratorFramework client;

  public TestAdmin(Path home) throws Exception {
    this.home = home;
    zookeeper = new TestingServer();
    client =
        CuratorFrameworkFactory.newClient(
            zookeeper.getConnectString(), 10_000, 5_000, new RetryNTimes(3, 100));
    client.start();
    client.blockUntilConnected(30, TimeUnit.SECONDS);
    store = ConfigStore.start(client, "/config", InstantSource.fixed(NOW));
    server = start(new AdminOptions("127.0.0.1", 0, home, null));
  }

  /** Another listener over the same. */
  public AdminServer start(AdminOptions options) throws IOException {
    return AdminServer.start(
        options,
        store,
        new Registry(),
        new Tokens(),
        authority,
        new CertificateRevocations(revocations, new Audit(), () -> {}),
        new Audit(),
        InstantSource.fixed(NOW));
  }

  /** As it was when it began, but for revocations. */
  public void reset() throws Exception {
    store.rollback("test", 0, false);
    instances.clear();
    agents.clear();
    others.clear();
    tokens.clear();
    audit.clear();
    authority.reset();
  }

  public String token() throws IOException {
    return Files.readString(home.resolve("admin-token")).strip();
  }

  /** Stops ZooKeeper, and returns when the store has noticed. */
  public void loseZooKeeper() throws Exception {
    CountDownLatch suspended = new CountDownLatch(1);
    client
        .getConnectionStateListenable()
        .addListener(
            (source, state) -> {
              if (state == ConnectionState.SUSPENDED) {
                suspended.countDown();
              }
            });
    zookeeper.stop();
    suspended.await();
  }

  public static Instance instance(String service, String version, int port, TlsMode tls) {
    return new Instance(
        service + "-" + version,
        "default",
        service,
        List.of(new Port("10.0.0.7", port, "tomcat", true, tls)),
        Map.of("version", version),
        "",
        InstanceState.READY,
        NOW.toEpochMilli());
  }

  public static AgentInfo agent(String service, List<String> nacks) {
    return new AgentInfo(
        service + "-1",
        "default",
        service,
        "127.0.0.1:4711",
        "0.1.0",
        NOW.toEpochMilli(),
        7,
        nacks.isEmpty() ? 7 : 6,
        nacks,
        List.of("default/orders"),
        List.of(
            new Message.Woven("tomcat-9.0", true, ""),
            new Message.Woven("okhttp", true, "okhttp 6.1.0 (tested: 3.14 to 5.5)"),
            new Message.Woven("jetty-12", false, "version 13 is not known")),
        List.of(
            new Message.Outside("io.grpc.netty.NettyServer", "", 9090),
            new Message.Outside("org.postgresql.core.PGStream", "db.example", 5432),
            new Message.Outside("io.netty.bootstrap.Bootstrap", "payments.default", 8080)),
        NOW.plus(Duration.ofHours(24)).toEpochMilli(),
        "a1b2c3");
  }

  @Override
  public void close() throws Exception {
    server.close();
    store.close();
    client.close();
    zookeeper.close();
  }

  private final class Registry implements RegistryView {
    @Override
    public List<Instance> instances() {
      return instances;
    }

    @Override
    public @Nullable Instance at(String address, int port) {
      return instances.stream()
          .filter(
              one ->
                  one.ports().stream()
                      .anyMatch(p -> p.address().equals(address) && p.number() == port))
          .findFirst()
          .orElse(null);
    }

    @Override
    public List<AgentInfo> agents() {
      return agents;
    }

    @Override
    public Topology topology() {
      return topology;
    }

    @Override
    public List<String> otherCoordinators() {
      return others;
    }
  }

  private final class Tokens implements TokenAdmin {
    @Override
    public String create(
        String namespace, String service, Duration ttl, int uses, List<String> addresses) {
      if (service.equals("unavailable")) {
        throw new Unavailable("ZooKeeper cannot be reached", null);
      }
      String id = "id" + (tokens.size() + 1);
      tokens.add(
          new TokenInfo(id, namespace, service, NOW.plus(ttl).toEpochMilli(), uses, addresses));
      return "weft1.ca." + id + ".secret";
    }

    @Override
    public List<TokenInfo> list() {
      return tokens;
    }

    @Override
    public boolean revoke(String id) {
      return tokens.removeIf(token -> token.id().equals(id));
    }
  }

  private final class Audit implements AuditView {
    @Override
    public void record(String action, String actor, String subject, Map<String, String> details) {
      audit.add(0, new Entry(NOW.toEpochMilli(), action, actor, subject, details));
    }

    @Override
    public List<Entry> recent(int limit) {
      return new ArrayList<>(audit.subList(0, Math.min(limit, audit.size())));
    }
  }
}

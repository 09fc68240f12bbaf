package dev.weft.coordinator;

import dev.weft.ca.CaException;
import dev.weft.ca.CaSettings;
import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.KeySealer;
import dev.weft.ca.Revocations;
import dev.weft.ca.Tokens;
import dev.weft.coordinator.ca.AuditLog;
import dev.weft.coordinator.ca.CertificateRevocations;
import dev.weft.coordinator.ca.Enrolment;
import dev.weft.coordinator.ca.HomeFiles;
import dev.weft.coordinator.ca.JoinTokens;
import dev.weft.coordinator.ca.ServerIdentity;
import dev.weft.coordinator.ca.ZkCaStore;
import dev.weft.coordinator.ca.ZkRevocationStore;
import dev.weft.coordinator.ca.ZkTokenStore;
import dev.weft.coordinator.mesh.Hub;
import dev.weft.coordinator.mesh.MeshServer;
import dev.weft.coordinator.mesh.PolicyFeed;
import dev.weft.coordinator.registry.Registry;
import dev.weft.coordinator.registry.Sharing;
import dev.weft.coordinator.telemetry.Topology;
import dev.weft.coordinator.zk.DataDirectory;
import dev.weft.coordinator.zk.EmbeddedZooKeeper;
import dev.weft.coordinator.zk.MeshPaths;
import dev.weft.coordinator.zk.Zk;
import dev.weft.coordinator.zk.ZkServers;
import dev.weft.wire.Instance;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A coordinator: its parts put together, started in the order of their dependencies and closed in
 * the opposite one. The admin port is opened by others, over what is exposed here. Safe for use by
 * any thread.
 */
public final class Coordinator implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

  /** That wait in each lane for a certificate; more are refused, and ask again. */
  private static final int QUEUE = 512;

  private static final Duration MAINTENANCE = Duration.ofHours(1);

  private final Options options;
  private final String id;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final DataDirectory data;
  private final Zk zk;
  private final AuditLog audit;
  private final CertificateAuthority ca;
  private final JoinTokens tokens;
  private final CertificateRevocations revocations;
  private final Registry registry;
  private final Sharing sharing;
  private final Hub hub;
  private final MeshServer server;
  private final LeaderLatch leader;
  private final ScheduledExecutorService scheduler;
  private final RootRotation rotation;
  private @Nullable PolicyFeed policy;
  private boolean closed;

  /**
   * Starts a coordinator. Its mesh port is bound when this returns; agents are let in by {@link
   * #setConfig}.
   *
   * @throws IOException if a file cannot be written or a port not be bound
   * @throws IllegalStateException if the data folder is another coordinator's, or ZooKeeper holds
   *     what this one must not touch
   * @throws Unavailable if ZooKeeper does not answer
   * @throws CaException if the CA's keys cannot be opened
   */
  public static Coordinator start(Options options) throws IOException {
    return new Coordinator(options, Clock.systemUTC());
  }

  private Coordinator(Options options, Clock clock) throws IOException {
    this.options = options;
    SecureRandom random = new SecureRandom();
    byte[] idBytes = new byte[6];
    random.nextBytes(idBytes);
    this.id = HexFormat.of().formatHex(idBytes);
    MeshPaths paths = new MeshPaths(options.mesh());
    try {
      data = opened(DataDirectory.open(options.data()));
      audit = opened(AuditLog.open(data.path(), clock));
      String ensemble = options.zookeeper();
      ZkServers servers =
          ensemble == null
              ? opened(EmbeddedZooKeeper.start(data.resolve("zookeeper"))).servers()
              : ZkServers.of(ensemble);
      KeySealer sealer = sealer(Zk.meshExists(servers, paths), random);
      zk =
          opened(
              Zk.open(servers, paths, HexFormat.of().formatHex(sealer.derive("zookeeper access"))));
      if (ensemble == null) {
        zk.claim();
      }

      ca =
          CertificateAuthority.open(
              new ZkCaStore(zk),
              sealer,
              CaSettings.of(options.trustDomain()).withLeafLife(options.certificateLife()),
              clock,
              random);
      Tokens joinTokens = new Tokens(new ZkTokenStore(zk), ca::pin, clock, random);
      tokens = new JoinTokens(joinTokens, audit);
      ServerIdentity identity = new ServerIdentity(ca, clock);
      HomeFiles home = new HomeFiles(options.home(), ca, joinTokens, audit);

      registry = new Registry(id, clock, System::nanoTime);
      // Two lanes: strangers can fill the one of joins, and are not to end anybody's certificate.
      ThreadPoolExecutor joins = lane("weft-join");
      ThreadPoolExecutor renewals = lane("weft-renew");
      SharingPeers peers = new SharingPeers();
      Revocations revoked = new Revocations(new ZkRevocationStore(zk), clock);
      hub =
          new Hub(
              id,
              registry,
              new Enrolment(ca, joinTokens, revoked, audit),
              revoked,
              joins,
              renewals,
              peers,
              options.limits(),
              clock,
              System::nanoTime,
              random);
      revocations = new CertificateRevocations(revoked, audit, hub::bundleChanged);
      InetSocketAddress listen = new InetSocketAddress(options.meshHost(), options.meshPort());
      if (listen.isUnresolved()) {
        throw new IOException(
            "mesh host: " + options.meshHost() + " (expected: an address of this machine)");
      }
      leader = new LeaderLatch(zk.curator(), paths.leader(), id);
      server = opened(MeshServer.bind(hub, ca, identity, listen, clock));
      sharing = new Sharing(registry, zk, id, advertised(), clock, leader::hasLeadership);
      opened(sharing);
      sharing.start();
      peers.sharing = sharing;
      startLeading();

      boolean loopback = listen.getAddress().isLoopbackAddress();
      home.writeBundle();
      if (loopback) {
        home.writeDevelopersToken();
      }
      rotation =
          new RootRotation(
              ca,
              joinTokens,
              identity,
              hub,
              registry,
              sharing,
              home,
              loopback,
              audit,
              leader::hasLeadership);
      scheduler = Executors.newScheduledThreadPool(2, threads("weft-coordinator"));
      closing(() -> shutDown(scheduler));
      every(100, sharing::flush);
      every(500, registry::tick);
      every(500, hub::sweep);
      every(1000, sharing::sweep);
      every(1000, whileConnected(rotation::tick));
      every(1000, this::takeOverRevocations);
      // Often enough for its own certificate, which may live but a few seconds.
      every(
          Math.min(MAINTENANCE.toMillis(), options.certificateLife().toMillis() / 10),
          identity::renewIfDue);
      every(MAINTENANCE.toMillis(), whileConnected(() -> maintain(joinTokens, home, loopback)));
      audit.record("coordinator.started", "coordinator", id, Map.of());
    } catch (RuntimeException | IOException e) {
      closeAll();
      throw e;
    }
  }

  /** Known only once the port is open and ZooKeeper has answered. */
  private final class SharingPeers implements Supplier<List<String>> {
    volatile @Nullable Sharing sharing;

    @Override
    public List<String> get() {
      Sharing known = sharing;
      List<String> all = known == null ? List.of() : known.peers();
      return all.isEmpty() ? List.of(advertised()) : all;
    }
  }

  private KeySealer sealer(boolean meshExists, SecureRandom random) throws IOException {
    Path passphrase = options.caPassphrase();
    if (passphrase != null) {
      return KeySealer.fromPassphraseFile(passphrase, random);
    }
    Path key = options.caKey();
    Path file = key == null ? data.resolve("ca.key") : key;
    if (!Files.exists(file)) {
      if (meshExists) {
        // A new key could open nothing of what is there.
        throw new CaException(
            "key file "
                + file
                + ": not there, and mesh "
                + options.mesh()
                + " exists in ZooKeeper (expected: the ca.key of its first coordinator, copied"
                + " here with mode 0600)");
      }
      KeySealer.createKeyFile(file, random);
    }
    return KeySealer.fromKeyFile(file, random);
  }

  private void startLeading() throws IOException {
    try {
      leader.start();
      opened(leader);
    } catch (Exception e) {
      throw new IOException("cannot take part in the election in ZooKeeper: " + e.getMessage(), e);
    }
  }

  private Runnable whileConnected(Runnable task) {
    return () -> {
      if (zk.connected()) {
        try {
          task.run();
        } catch (Unavailable e) {
          log.debug("a periodic task of the coordinator waits for ZooKeeper", e);
        }
      }
    };
  }

  private void maintain(Tokens joinTokens, HomeFiles home, boolean loopback) {
    try {
      joinTokens.sweep();
      rotation.forget();
      if (loopback) {
        home.writeDevelopersToken();
      }
    } catch (IOException e) {
      log.warn("cannot write to {}: {}", options.home(), e.toString());
    }
  }

  private void takeOverRevocations() {
    if (zk.connected()) {
      revocations.refresh();
    }
  }

  private void every(long millis, Runnable task) {
    scheduler.scheduleWithFixedDelay(
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            // A scheduled task that throws would never run again.
            log.error("a periodic task of the coordinator failed; it will run again", e);
          }
        },
        millis,
        millis,
        TimeUnit.MILLISECONDS);
  }

  /**
   * Takes policy from here from now on, and opens the mesh port: not before, for an agent that was
   * told of no policy, or of no other coordinator's instances, would act on that. To be called
   * once.
   */
  public synchronized void setConfig(ConfigView config) {
    if (policy != null) {
      throw new IllegalStateException("setConfig was called before");
    }
    policy = new PolicyFeed(config, hub, registry, scheduler);
    opened.push(policy);
    server.open();
  }

  public Options options() {
    return options;
  }

  /** Of this process: another one each time a coordinator starts. */
  public String id() {
    return id;
  }

  public RegistryView registry() {
    return new RegistryView() {
      @Override
      public List<Instance> instances() {
        return registry.instances();
      }

      @Override
      public @Nullable Instance at(String address, int port) {
        return registry.at(address, port);
      }

      @Override
      public List<AgentInfo> agents() {
        return hub.agents();
      }

      @Override
      public Topology topology() {
        return hub.topology();
      }

      @Override
      public List<String> otherCoordinators() {
        return sharing.others();
      }
    };
  }

  public TokenAdmin tokens() {
    return tokens;
  }

  /** The certificate authority: where it stands, and its rotation. */
  public CaAdmin authority() {
    return rotation;
  }

  public RevocationAdmin revocations() {
    return revocations;
  }

  public AuditView audit() {
    return audit;
  }

  /** The client of ZooKeeper; nodes that it makes are for coordinators of this mesh only. */
  public CuratorFramework curator() {
    return zk.curator();
  }

  public MeshPaths paths() {
    return zk.paths();
  }

  /** The folder of this coordinator, mode 0700. */
  public Path dataFolder() {
    return data.path();
  }

  /**
   * Whether ZooKeeper can be reached: without it everything is read from memory, nothing written.
   */
  public boolean isConnected() {
    return zk.connected();
  }

  /** Whether this coordinator is the one that cleans up for all. */
  public boolean isLeader() {
    return leader.hasLeadership();
  }

  /** The roots that everyone in the mesh trusts. */
  public List<X509Certificate> bundle() {
    return ca.bundle();
  }

  /** The intermediate that signs now. */
  public X509Certificate signer() {
    return ca.signer();
  }

  /** Mesh addresses of all live coordinators, {@code host:port}. */
  public List<String> peers() {
    return sharing.peers();
  }

  /** Where the mesh port really listens. */
  public InetSocketAddress meshAddress() {
    return server.address();
  }

  private String advertised() {
    String given = options.advertise();
    if (given != null) {
      return given;
    }
    InetSocketAddress address = server.address();
    InetAddress host = address.getAddress();
    String name = (host.isAnyLocalAddress() ? outwardAddress() : host).getHostAddress();
    return (name.indexOf(':') < 0 ? name : "[" + name + "]") + ":" + address.getPort();
  }

  /** An address of this machine that others may reach: a guess, which --advertise replaces. */
  private static InetAddress outwardAddress() {
    InetAddress best = InetAddress.getLoopbackAddress();
    try {
      for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        if (one.isUp() && !one.isLoopback()) {
          for (InetAddress address : Collections.list(one.getInetAddresses())) {
            boolean four = address instanceof Inet4Address;
            if (!address.isLinkLocalAddress() && (four || best.isLoopbackAddress())) {
              best = address;
              if (four) {
                return best;
              }
            }
          }
        }
      }
    } catch (SocketException e) {
      log.warn("network interfaces cannot be listed; agents elsewhere need --advertise", e);
    }
    return best;
  }

  private ThreadPoolExecutor lane(String name) {
    ThreadPoolExecutor lane =
        new ThreadPoolExecutor(
            2, 2, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE), threads(name));
    closing(lane::shutdownNow);
    return lane;
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A slice that is being written is not to be cut off: it is what survives. */
  private static void shutDown(ScheduledExecutorService executor) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    opened.push(part);
    return part;
  }

  private void closing(Runnable close) {
    opened.push(close::run);
  }

  /**
   * Stops. Agents are told, and their instances stay registered: other coordinators, or this one
   * when it is started again, expect them back.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      closeAll();
    }
  }

  private void closeAll() {
    while (!opened.isEmpty()) {
      AutoCloseable part = opened.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("{} did not close cleanly", part.getClass().getSimpleName(), e);
      }
    }
  }
}

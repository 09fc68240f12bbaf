package dev.weft.cli;

import dev.weft.ca.CaException;
import dev.weft.ca.CaSettings;
import dev.weft.coordinator.Coordinator;
import dev.weft.coordinator.Options;
import dev.weft.coordinator.Unavailable;
import dev.weft.coordinator.admin.AdminOptions;
import dev.weft.coordinator.admin.AdminServer;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.coordinator.zk.MeshPaths;
import dev.weft.policy.SettingDuration;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft coordinator}. */
@Command(
    name = "coordinator",
    description = "Runs a coordinator: registry, policy, certificate authority, admin API.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft coordinator &",
      "  weft coordinator --data /var/lib/weft --mesh 0.0.0.0:7471",
      "  weft coordinator --zookeeper zk1:2181,zk2:2181,zk3:2181/mesh --ca-key ca.key",
      "",
      "Prints one line when it is ready. Stop it with SIGTERM or Ctrl-C."
    })
final class CoordinatorCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Its own folder (default: coordinator in WEFT_HOME, so ~/.weft/coordinator).")
  private @Nullable Path data;

  @Option(
      names = "--admin",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7470",
      description = "Where the admin API listens (default: ${DEFAULT-VALUE}).")
  private String admin = "";

  @Option(
      names = "--admin-tls-cert",
      paramLabel = "FILE",
      description = "Certificate chain (PEM) of the admin API; needed off loopback.")
  private @Nullable Path certificate;

  @Option(
      names = "--admin-tls-key",
      paramLabel = "FILE",
      description = "Its private key (PKCS#8 PEM).")
  private @Nullable Path key;

  @Option(
      names = "--mesh",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7471",
      description = "Where agents connect (default: ${DEFAULT-VALUE}).")
  private String mesh = "";

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      description = "Where agents are told to connect (default: where it listens).")
  private @Nullable String advertise;

  @Option(
      names = "--zookeeper",
      paramLabel = "LIST",
      description = "HOST:PORT,…[/chroot] of an ensemble (default: a ZooKeeper of its own).")
  private @Nullable String zookeeper;

  @Option(
      names = "--ca-key",
      paramLabel = "FILE",
      description = "Key file that seals the CA's keys (default: ca.key in the data folder).")
  private @Nullable Path caKey;

  @Option(
      names = "--ca-passphrase",
      paramLabel = "FILE",
      description = "File with a passphrase that does so instead.")
  private @Nullable Path caPassphrase;

  @Option(
      names = "--trust-domain",
      paramLabel = "NAME",
      defaultValue = "weft.internal",
      description = "Of every identity (default: ${DEFAULT-VALUE}).")
  private String trustDomain = "";

  @Option(
      names = "--mesh-name",
      paramLabel = "NAME",
      defaultValue = "default",
      description = "Of this mesh in ZooKeeper (default: ${DEFAULT-VALUE}).")
  private String meshName = "";

  @Option(
      names = "--certificate-ttl",
      paramLabel = "DURATION",
      defaultValue = "24h",
      description =
          "How long a service's certificate lives, 10s to 30d (default: ${DEFAULT-VALUE}).")
  private String certificateTtl = "";

  CoordinatorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private record HostPort(String host, int port) {}

  @Override
  public Integer call() throws InterruptedException {
    HostPort adminAt = hostPort("--admin", admin);
    HostPort meshAt = hostPort("--mesh", mesh);
    if (advertise != null) {
      hostPort("--advertise", advertise);
    }
    if ((certificate == null) != (key == null)) {
      throw new ParameterException(
          spec.commandLine(), "--admin-tls-cert and --admin-tls-key: only one of both is given");
    }
    if (caKey != null && caPassphrase != null) {
      throw new ParameterException(
          spec.commandLine(), "--ca-key and --ca-passphrase: only one of both can be given");
    }
    required("--mesh-name", () -> new MeshPaths(meshName));
    required("--trust-domain", () -> CaSettings.of(trustDomain));
    Path home = terminal.home();
    Path folder = data == null ? home.resolve("coordinator") : data;
    Options options =
        Options.of(folder, home)
            .withAdmin(adminAt.host(), adminAt.port())
            .withMesh(meshAt.host(), meshAt.port(), advertise)
            .withZooKeeper(zookeeper)
            .withCaKey(caKey, caPassphrase)
            .withMeshNamed(meshName, trustDomain)
            .withCertificateLife(duration("--certificate-ttl", certificateTtl));
    AdminOptions.Tls tls =
        certificate == null || key == null ? null : new AdminOptions.Tls(certificate, key);
    if (zookeeper != null) {
      checkResolves(zookeeper);
    }
    check(options, tls);
    Running running = start(options, tls);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              running.close();
              stopped.countDown();
            },
            "weft-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    terminal.out().println(running.ready());
    terminal.out().flush();
    stopped.await(); // ends with the process: the hook runs while this waits
    return 0;
  }

  /**
   * Its client tries a name that nobody knows again and again, with a trace each time. One of
   * several may be away for a while, and its name with it.
   */
  private void checkResolves(String ensemble) {
    int slash = ensemble.indexOf('/');
    String servers = slash < 0 ? ensemble : ensemble.substring(0, slash);
    List<String> unknown = new ArrayList<>();
    boolean any = false;
    for (String server : servers.split(",", -1)) {
      String host = server.strip().replaceFirst(":[0-9]+$", "").replaceAll("^\\[|]$", "");
      try {
        any |= !host.isEmpty() && InetAddress.getByName(host) != null;
      } catch (UnknownHostException e) {
        unknown.add(host);
      }
    }
    if (!any) {
      throw new CliException(
          "--zookeeper: "
              + ensemble
              + " (expected: HOST:PORT,…[/chroot] of servers whose names can be resolved)");
    }
    unknown.forEach(host -> terminal.warning("--zookeeper: " + host + " cannot be resolved"));
  }

  /** What can be known before anything is started: it takes seconds, and leaves files. */
  private static void check(Options options, AdminOptions.@Nullable Tls tls) {
    try {
      AdminServer.check(
          new AdminOptions(options.adminHost(), options.adminPort(), options.home(), tls));
    } catch (IOException e) {
      throw new CliException(String.valueOf(e.getMessage()));
    }
    checkFree("admin", "--admin", options.adminHost(), options.adminPort());
    checkFree("mesh", "--mesh", options.meshHost(), options.meshPort());
  }

  private static void checkFree(String what, String option, String host, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw new CliException(
          what
              + " address "
              + host
              + ":"
              + port
              + (e instanceof BindException && String.valueOf(e.getMessage()).contains("in use")
                  ? " is in use: is another coordinator running? ("
                  : " cannot be bound: " + e.getMessage() + " (")
              + option
              + " HOST:PORT chooses another)");
    }
  }

  private static Running start(Options options, AdminOptions.@Nullable Tls tls) {
    Running running = new Running();
    try {
      running.open(options, tls);
      return running;
    } catch (IOException | IllegalStateException | IllegalArgumentException e) {
      running.close();
      throw new CliException(String.valueOf(e.getMessage()));
    } catch (Unavailable | CaException e) {
      running.close();
      throw new CliException(String.valueOf(e.getMessage()));
    }
  }

  /** What was started, in its order; closed in the opposite one. */
  private static final class Running implements AutoCloseable {
    private @Nullable Coordinator coordinator;
    private @Nullable ConfigStore config;
    private @Nullable AdminServer server;

    void open(Options options, AdminOptions.@Nullable Tls tls) throws IOException {
      InstantSource clock = InstantSource.system();
      Coordinator started = Coordinator.start(options);
      coordinator = started;
      config = ConfigStore.start(started.curator(), started.paths().config(), clock);
      started.setConfig(config);
      server =
          AdminServer.start(
              new AdminOptions(options.adminHost(), options.adminPort(), options.home(), tls),
              config,
              started.registry(),
              started.tokens(),
              started.authority(),
              started.revocations(),
              started.audit(),
              clock);
    }

    /** The line that tells scripts and people that all ports are open. */
    String ready() {
      Coordinator started = Objects.requireNonNull(coordinator);
      InetSocketAddress listens = started.meshAddress();
      String host = listens.getAddress().getHostAddress();
      return "weft coordinator ready: admin "
          + Objects.requireNonNull(server).address()
          + " mesh "
          + (host.contains(":") ? "[" + host + "]" : host)
          + ":"
          + listens.getPort()
          + " data "
          + started.dataFolder();
    }

    @Override
    public void close() {
      if (server != null) {
        server.close();
      }
      if (config != null) {
        config.close();
      }
      if (coordinator != null) {
        coordinator.close();
      }
    }
  }

  /** What would be found out by what it is for, once that is half started. */
  private void required(String option, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), option + ": " + e.getMessage());
    }
  }

  private Duration duration(String option, String text) {
    Duration value = SettingDuration.parse(text);
    if (value == null
        || value.compareTo(Duration.ofSeconds(10)) < 0
        || value.compareTo(Duration.ofDays(30)) > 0) {
      throw new ParameterException(
          spec.commandLine(), option + ": " + text + " (expected: 10s to 30d, such as 24h)");
    }
    return value;
  }

  private HostPort hostPort(String option, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.contains(":")) {
      host = ""; // an IPv6 address without brackets: which colon is the port's?
    }
    String port = text.substring(colon + 1);
    if (host.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw new ParameterException(
          spec.commandLine(),
          option + ": " + text + " (expected: HOST:PORT, port from 0 to 65535)");
    }
    return new HostPort(host, Integer.parseInt(port));
  }
}

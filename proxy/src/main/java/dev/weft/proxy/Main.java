package dev.weft.proxy;

import dev.weft.bridge.Bridge;
import dev.weft.host.HostMesh;
import dev.weft.host.Problems;
import dev.weft.proxy.net.Listeners;
import dev.weft.runtime.Log;
import dev.weft.runtime.Member;
import dev.weft.runtime.Node;
import dev.weft.runtime.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** {@code weft proxy}, from its options to its exit code. */
public final class Main {
  private static final String VERSION = "0.1.0";
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  /** The proxy's memory is small. */
  private static final long MAX_REPLAY_LIMIT = 16 * 1024 * 1024;

  private final Options options;
  private final Settings settings;
  private final Log log;
  private final PrintStream err;
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final AtomicBoolean leaving = new AtomicBoolean();
  private volatile @Nullable Member member;
  private final Object starting = new Object();
  private volatile @Nullable Application application;

  private Main(Options options, Settings settings, Log log, PrintStream err) {
    this.options = options;
    this.settings = settings;
    this.log = log;
    this.err = err;
  }

  /**
   * Called by the launcher in {@code weft.jar}. Returns when the proxy has ended.
   *
   * @param args of the command line, {@code proxy} first
   * @return exit code
   */
  public static int run(String[] args) throws InterruptedException {
    List<String> words = List.of(args);
    if (words.isEmpty() || !words.get(0).equals("proxy")) {
      return usage("expected: proxy");
    }
    try {
      Options options = Options.parse(words.subList(1, words.size()));
      if (options == null) {
        System.out.print(Options.USAGE);
        return 0;
      }
      return run(options);
    } catch (UsageException e) {
      return usage(e.getMessage());
    }
  }

  private static int usage(@Nullable String message) {
    System.err.println("weft: " + message);
    System.err.println("See `weft proxy --help`.");
    return USAGE;
  }

  private static int run(Options options) throws InterruptedException {
    Properties properties = new Properties();
    properties.putAll(System.getProperties());
    properties.putAll(options.settings());
    Settings settings = Settings.read(properties, System.getenv());
    Log log =
        Log.open(
            settings.constant(Settings.LOG_LEVEL, Log.Level.class),
            settings.path(Settings.LOG_FILE),
            InstantSource.system());
    Main main = new Main(options, settings, log, System.err);
    Signals.handle(main::signalled, "TERM", "INT", "HUP");
    if (!settings.bool(Settings.ENABLED)) {
      return main.withoutMesh();
    }
    if (settings.optional(Settings.SERVICE) == null) {
      return usage("--service is missing (expected: the name of the service)");
    }
    Node node = Node.of(settings, VERSION, log);
    settings.takeWarnings().forEach(log::warn);
    return node == null ? USAGE : main.inMesh(node);
  }

  /** {@code weft.enabled=false}: the application alone. */
  private int withoutMesh() throws InterruptedException {
    log.warn("weft.enabled is false: the application runs without the mesh");
    return startApplication("") ? awaitExit() : FAILED;
  }

  private int inMesh(Node node) throws InterruptedException {
    Member joined = new Member(settings, node, log, List::of);
    long replayLimit = settings.size(Settings.RETRY_BODY_LIMIT, MAX_REPLAY_LIMIT);
    settings.takeWarnings().forEach(log::warn);
    HostMesh mesh = new HostMesh(joined, (what, why) -> {});
    Bridge.onFirstUse(() -> mesh); // faults are told there
    Bridge.mesh();
    try (Listeners listeners =
        new Listeners(
            mesh.outbound(), new Problems(joined.defaults()::verbose), log, replayLimit)) {
      InetSocketAddress proxy = listeners.proxy(options.proxy());
      for (Map.Entry<Integer, Options.Service> each : options.services().entrySet()) {
        listeners.service(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), each.getKey()),
            each.getValue().host(),
            each.getValue().port());
      }
      Listeners.Inbound inbound = options.serves() ? listeners.inbound(options.inbound()) : null;
      member = joined;
      joined.start();
      String at = hostPort(proxy);
      err.println(
          "weft proxy of "
              + node.namespace()
              + "/"
              + node.service()
              + (inbound == null
                  ? ": only calls"
                  : ": inbound "
                      + hostPort(inbound.address())
                      + " to port "
                      + options.applicationPort())
              + ", HTTP proxy "
              + at);
      if (!startApplication(at)) {
        return FAILED;
      }
      if (inbound != null) {
        daemon("weft-app-port", () -> serveOnceReady(inbound, mesh));
      }
      int code = awaitExit();
      joined.finishLeaving();
      return code;
    } catch (IOException e) {
      err.println("weft: " + e.getMessage());
      return FAILED;
    }
  }

  private void serveOnceReady(Listeners.Inbound inbound, HostMesh mesh) {
    try {
      inbound.open(mesh.inbound(), new ApplicationPort(options.applicationPort()).await());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("the inbound port stays closed: " + e);
    }
  }

  private boolean startApplication(String proxy) {
    if (options.command().isEmpty()) {
      return true;
    }
    try {
      Application started;
      synchronized (starting) {
        if (exit.isDone()) {
          return true; // a signal came first: what starts now would hear of none
        }
        started = Application.start(options.command(), proxy);
        application = started;
      }
      daemon(
          "weft-app",
          () -> {
            try {
              exit.complete(started.await());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      return true;
    } catch (IOException e) {
      err.println("weft: " + options.command().get(0) + " cannot be started: " + e.getMessage());
      return false;
    }
  }

  private int awaitExit() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      return FAILED;
    }
  }

  /**
   * The application hears of a signal after callers have been told and have what they asked for; of
   * a second one at once. HUP does not mean the end to every program, so it is only passed on.
   */
  private void signalled(String name, int number) {
    boolean ends = !name.equals("HUP") || application == null;
    Member joined = member;
    if (ends && leaving.compareAndSet(false, true) && joined != null) {
      joined.beginLeaving();
    }
    Application started;
    synchronized (starting) {
      started = application;
      if (started == null) {
        exit.complete(128 + number);
      }
    }
    if (started != null) {
      started.signal(name);
    }
  }

  private static void daemon(String name, Runnable task) {
    Thread thread = new Thread(null, task, name, 0, false);
    thread.setDaemon(true);
    thread.start();
  }

  private static String hostPort(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}

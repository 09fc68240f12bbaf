package dev.weft.perf;

import com.example.perf.Client;
import com.example.perf.Server;
import com.example.perf.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All legs with one kind of client, every process of them up. Closing them ends the processes. */
final class Legs implements AutoCloseable {
  /** What calls. */
  enum ClientKind {
    JDK("java.net.http.HttpClient"),
    URL("HttpURLConnection"),
    APACHE("Apache HttpClient 5"),
    OKHTTP("OkHttp 5");

    private final String title;

    ClientKind(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Duration START = Duration.ofSeconds(60);

  private final Setup setup;
  private final ProcFs proc;
  private final String run;
  private final ClientKind client;
  private final TlsFiles tls;
  private final @Nullable Mesh mesh;
  private final boolean record;
  private final Map<LegKind, Leg> legs = new EnumMap<>(LegKind.class);
  private @Nullable EnvoyPair envoys;

  private Legs(
      Setup setup,
      ProcFs proc,
      String run,
      ClientKind client,
      TlsFiles tls,
      @Nullable Mesh mesh,
      boolean record) {
    this.setup = setup;
    this.proc = proc;
    this.run = run;
    this.client = client;
    this.tls = tls;
    this.mesh = mesh;
    this.record = record;
  }

  /**
   * @param run a word for the names of files and services
   * @param kinds which legs; without those that need what is not there
   * @param mesh null: without the legs that need one
   * @param record whether the legs with TLS write what their time went into
   */
  static Legs start(
      Setup setup,
      ProcFs proc,
      String run,
      ClientKind client,
      TlsFiles tls,
      @Nullable Mesh mesh,
      boolean record,
      Set<LegKind> kinds)
      throws IOException, InterruptedException {
    Legs legs = new Legs(setup, proc, run, client, tls, mesh, record);
    boolean done = false;
    try {
      for (LegKind kind : kinds) {
        if (legs.has(kind)) {
          legs.legs.put(kind, legs.start(kind));
        }
      }
      for (Leg leg : legs.all()) {
        leg.awaitStart();
      }
      done = true;
      return legs;
    } finally {
      if (!done) {
        legs.close();
      }
    }
  }

  private boolean has(LegKind kind) {
    return kind == LegKind.ENVOY ? setup.envoy() != null : mesh != null || !kind.meshed();
  }

  List<Leg> all() {
    return List.copyOf(legs.values());
  }

  ClientKind client() {
    return client;
  }

  /** Where the recordings of {@code record} are. */
  Path recording(LegKind kind, String side) {
    return setup.folder().resolve(name(kind, side) + ".jfr");
  }

  private String name(LegKind kind, String side) {
    return name(kind) + "-" + side;
  }

  private String name(LegKind kind) {
    return run + "-" + kind.label();
  }

  private String service(LegKind kind) {
    return "perf-" + run + "-server" + (kind.proxied() ? "-proxied" : "");
  }

  private Leg start(LegKind kind) throws IOException, InterruptedException {
    int port = Setup.freePort();
    List<String> arguments = new ArrayList<>(List.of(Integer.toString(port)));
    if (kind.ownTls()) {
      arguments.add(tls.folder().toString());
    }
    Jvm server =
        Jvm.start(
            name(kind, "server"),
            setup.folder(),
            environment(kind, service(kind)),
            setup.command(options(kind, "server", true), Server.class, arguments));
    List<Jvm> begun = new ArrayList<>(List.of(server));
    boolean done = false;
    try {
      server.await("ready", START);
      Leg.Proxies proxies = null;
      int reached = port;
      if (mesh != null && kind.meshed()) {
        mesh.requireMutualTls(service(kind));
        int inbound = port;
        if (kind.proxied()) {
          inbound = Setup.freePort();
          reached = Setup.freePort();
          proxies = proxies(mesh, port, inbound, reached, begun);
        }
        mesh.awaitInstance(service(kind), inbound);
      }
      if (kind == LegKind.ENVOY && setup.envoy() != null) {
        reached = Setup.freePort();
        envoys = EnvoyPair.start(setup, setup.envoy(), tls, name(kind), port, reached, begun);
        proxies = envoys.proxies();
      }
      Jvm calling = client(kind, reached, "client", true);
      done = true;
      return new Leg(kind, port, reached, server, calling, proxies, proc);
    } finally {
      if (!done) {
        begun.forEach(Jvm::close);
      }
    }
  }

  /**
   * Starts what stands on either side of the mesh.
   *
   * @param inbound where the server's is to take mesh TLS
   * @param outbound where the client's is to be an HTTP proxy
   * @param begun gets whatever has been started
   */
  private Leg.Proxies proxies(Mesh joined, int port, int inbound, int outbound, List<Jvm> begun)
      throws IOException, InterruptedException {
    String service = service(LegKind.PROXY);
    Jvm ofServer =
        Jvm.start(
            name(LegKind.PROXY, "server-proxy"),
            setup.folder(),
            proxyEnvironment(joined, service),
            setup.proxy(service, port, "--inbound", "127.0.0.1:" + inbound));
    begun.add(ofServer);
    Jvm ofClient =
        Jvm.start(
            name(LegKind.PROXY, "client-proxy"),
            setup.folder(),
            proxyEnvironment(joined, "perf-client"),
            // Nobody calls the client: its own port stays closed.
            setup.proxy("perf-client", Setup.freePort(), "--listen", "127.0.0.1:" + outbound));
    begun.add(ofClient);
    joined.awaitProxy(outbound);
    return new Leg.Proxies(ofClient, ofServer);
  }

  private Map<String, String> proxyEnvironment(Mesh joined, String service) throws IOException {
    Map<String, String> environment = new HashMap<>(joined.environment(service));
    environment.put("JAVA_HOME", setup.javaHome().toString());
    return environment;
  }

  /**
   * @param port of the server, or of the client's proxy
   */
  private Jvm client(LegKind kind, int port, String side, boolean measured) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(client.word());
    if (kind.meshed()) {
      arguments.add("http://" + service(kind) + "/");
    } else {
      arguments.add((kind.ownTls() ? "https" : "http") + "://127.0.0.1:" + port + "/");
    }
    if (kind.ownTls()) {
      arguments.add(tls.folder().toString());
    }
    return Jvm.start(
        name(kind, side),
        setup.folder(),
        environment(kind, "perf-client"),
        setup.command(clientOptions(kind, port, side, measured), Client.class, arguments));
  }

  private List<String> clientOptions(LegKind kind, int port, String side, boolean measured) {
    List<String> options = options(kind, side, measured);
    if (kind.proxied()) {
      options.addAll(List.of("-Dhttp.proxyHost=127.0.0.1", "-Dhttp.proxyPort=" + port));
    }
    return options;
  }

  private List<String> options(LegKind kind, String side, boolean measured) {
    List<String> options = new ArrayList<>();
    if (kind.woven()) {
      options.add(setup.agentOption());
    }
    if (record && measured && (kind.woven() || kind.ownTls())) {
      options.add(
          "-XX:StartFlightRecording=settings=profile,dumponexit=true,filename="
              + recording(kind, side));
      options.add("-Xlog:jfr*=off");
    }
    return options;
  }

  private Map<String, String> environment(LegKind kind, String service) {
    return mesh != null && kind.woven() ? mesh.environment(service) : Map.of();
  }

  /**
   * What a client like the leg's negotiates on a new connection, in its own words. Asked of a
   * process of its own: the measured ones stay without the recorder.
   */
  String negotiated(Leg leg) throws IOException, InterruptedException {
    if (leg.kind().proxied()) {
      return "required between the proxies";
    }
    if (leg.kind() == LegKind.ENVOY && envoys != null) {
      return envoys.described();
    }
    try (Jvm probe = client(leg.kind(), leg.reached(), "probe", false)) {
      probe.await("ready", START);
      probe.say("tls");
      return probe.await("tls ", START).substring("tls ".length());
    }
  }

  @Override
  public void close() {
    legs.values().forEach(Leg::close);
  }
}

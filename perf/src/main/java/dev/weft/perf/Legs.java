package dev.weft.perf;

import com.example.perf.Client;
import com.example.perf.Server;
import com.example.perf.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All legs with one kind of client, every process of them up. Closing them ends the processes. */
final class Legs implements AutoCloseable {
  /** {@code java.net.http.HttpClient}, or {@code HttpURLConnection}. */
  enum ClientKind {
    JDK,
    URL;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Duration START = Duration.ofSeconds(60);

  private final Setup setup;
  private final ProcFs proc;
  private final ClientKind client;
  private final TlsFiles tls;
  private final @Nullable Mesh mesh;
  private final boolean record;
  private final Map<LegKind, Leg> legs = new EnumMap<>(LegKind.class);

  private Legs(
      Setup setup,
      ProcFs proc,
      ClientKind client,
      TlsFiles tls,
      @Nullable Mesh mesh,
      boolean record) {
    this.setup = setup;
    this.proc = proc;
    this.client = client;
    this.tls = tls;
    this.mesh = mesh;
    this.record = record;
  }

  /**
   * @param mesh null: without the woven leg
   * @param record whether the legs with TLS write what their time went into
   */
  static Legs start(
      Setup setup,
      ProcFs proc,
      ClientKind client,
      TlsFiles tls,
      @Nullable Mesh mesh,
      boolean record)
      throws IOException, InterruptedException {
    Legs legs = new Legs(setup, proc, client, tls, mesh, record);
    boolean done = false;
    try {
      for (LegKind kind : LegKind.values()) {
        if (mesh != null || !kind.woven()) {
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
    return client.word() + "-" + kind.label() + "-" + side;
  }

  private String service() {
    return "perf-" + client.word() + "-server";
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
            environment(kind, service()),
            setup.command(options(kind, "server", true), Server.class, arguments));
    boolean done = false;
    try {
      server.await("ready", START);
      if (mesh != null && kind.woven()) {
        mesh.requireMutualTls(service());
        mesh.awaitInstance(service(), port);
      }
      Leg leg = new Leg(kind, port, server, client(kind, port, "client", true), proc);
      done = true;
      return leg;
    } finally {
      if (!done) {
        server.close();
      }
    }
  }

  private Jvm client(LegKind kind, int port, String side, boolean measured) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(client.word());
    if (kind.woven()) {
      arguments.add("http://" + service() + "/");
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
        setup.command(options(kind, side, measured), Client.class, arguments));
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
    try (Jvm probe = client(leg.kind(), leg.port(), "probe", false)) {
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

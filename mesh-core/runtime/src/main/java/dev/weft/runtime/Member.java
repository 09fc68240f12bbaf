package dev.weft.runtime;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Surroundings;
import dev.weft.engine.inbound.InboundStack;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import dev.weft.policy.EgressMode;
import dev.weft.policy.JoinToken;
import dev.weft.runtime.control.ControlHandler;
import dev.weft.runtime.control.ControlStream;
import dev.weft.runtime.control.IdentityStore;
import dev.weft.runtime.telemetry.OutsideTable;
import dev.weft.runtime.telemetry.Telemetry;
import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import dev.weft.wire.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This process as a member of the mesh: its identity, what it knows of others, and what it tells of
 * itself. Both hosts (agent and proxy) make one. Safe for use by any thread.
 */
public final class Member implements ControlHandler {
  private static final Duration SAVE_DELAY = Duration.ofSeconds(1);

  /** Longer than a caller on a busy machine needs from its choice of us to its first byte. */
  private static final Duration QUIET = Duration.ofSeconds(1);

  private static final Duration REPORT_INTERVAL = Duration.ofSeconds(5);

  private final Settings settings;
  private final Node node;
  private final Log log;
  private final MeshTls tls;
  private final Surroundings surroundings;
  private final Joining joining;
  private final Directory directory;
  private final PolicyTable policy;
  private final MeshDefaults defaults;
  private final Egress egress;
  private final InboundStack inbound;
  private final boolean forwardsIdentity;
  private final boolean inheritsDeadlines;
  private final Registration registration;
  private final Object registering = new Object();
  private final Telemetry telemetry;
  private final Drain drain = new Drain(System::nanoTime, LockSupport::parkNanos);
  private final ControlStream stream;
  private final ScheduledExecutorService timer;
  private final Supplier<List<Message.Woven>> woven;
  private final OutsideTable outside = new OutsideTable(this::guards);
  private final Object weaving = new Object();
  private List<Message.Woven> saidInHello = List.of(); // of the stream's own thread
  private final AtomicBoolean leaving = new AtomicBoolean();
  private final @Nullable StateFile state;
  private final ScheduledExecutorService saver;
  private final AtomicBoolean saving = new AtomicBoolean();
  private volatile Surroundings.@Nullable Prober prober;
  private volatile String localAddress = "127.0.0.1";
  private volatile String source;

  /**
   * @param woven what is woven, for {@code weft agents}
   */
  public Member(Settings settings, Node node, Log log, Supplier<List<Message.Woven>> woven) {
    this.settings = settings;
    this.node = node;
    this.log = log;
    LibraryLog.set(log);
    this.woven = woven;
    this.source = node.namespace() + "/" + node.service();
    InstantSource clock = InstantSource.system();
    this.tls = new MeshTls(clock, new TlsCounters(), null);
    this.timer = newTimer("weft-timer");
    this.surroundings =
        new Surroundings(
            System::nanoTime,
            this::after,
            bound -> ThreadLocalRandom.current().nextInt(bound),
            new Asking());
    this.defaults = new MeshDefaults(settings);
    this.telemetry = Telemetry.of(settings, defaults::accessLogSample, clock, log);
    telemetry.certificate(
        () -> {
          Identity mine = tls.identity();
          return mine == null ? 0 : Duration.between(clock.instant(), mine.notAfter()).toSeconds();
        });
    this.joining = new Joining(settings.duration(Settings.STARTUP_WAIT), System::nanoTime);
    this.directory =
        new Directory(
            surroundings,
            joining,
            this::send,
            (host, port) -> policy().adopted(host, port),
            settings.constant(Settings.ADOPT_ADDRESSES, Settings.Addresses.class)
                    == Settings.Addresses.REBALANCE
                ? instance -> !instance.equals(node.instance())
                : instance -> false);
    telemetry.endpoints(directory::services);
    telemetry.outside(outside);
    this.policy =
        new PolicyTable(
            node.namespace(),
            node.service(),
            node.labels(),
            defaults,
            directory::service,
            System::nanoTime);
    this.egress =
        new Egress(
            settings.own(Settings.EGRESS, EgressMode.class),
            policy,
            node.namespace(),
            joining,
            System::nanoTime,
            log);
    this.inbound =
        new InboundStack(
            policy,
            settings.optional(Settings.READY_PATH),
            settings.constant(Settings.MTLS_LOOPBACK, Settings.Loopback.class)
                == Settings.Loopback.PLAINTEXT,
            System::nanoTime);
    this.forwardsIdentity = settings.bool(Settings.FORWARD_IDENTITY);
    this.inheritsDeadlines = settings.bool(Settings.DEADLINE_INHERIT);
    Path folder = settings.path(Settings.STATE_DIR);
    this.state = folder == null ? null : StateFile.snapshot(folder, clock, log);
    // A slow disk is not to hold up what has to come in time.
    this.saver = folder == null ? timer : newTimer("weft-state");
    this.registration =
        new Registration(
            settings.port(Settings.PORT),
            settings.optional(Settings.ADVERTISE),
            this::sendRegistration);
    this.stream =
        new ControlStream(
            node,
            settings.list(Settings.COORDINATOR),
            this::token,
            tls,
            identityStore(folder, clock),
            this,
            timer,
            clock,
            new Random(new SecureRandom().nextLong()),
            log);
  }

  /**
   * Who asks endpoints how they are, when policy wants it; to be said once, by the host that makes
   * connections. Until then nobody is asked.
   */
  public void prober(Surroundings.Prober asks) {
    prober = asks;
  }

  /** Whoever it is by then. */
  private final class Asking implements Surroundings.Prober {
    @Override
    public void ask(Endpoint endpoint, ActiveCheck check, Consumer<Surroundings.Finding> told) {
      Surroundings.Prober asks = prober;
      if (asks == null) {
        told.accept(Surroundings.Finding.NOT_ASKED);
      } else {
        asks.ask(endpoint, check, told);
      }
    }

    @Override
    public void changed(Endpoint endpoint, ActiveCheck check, Surroundings.Finding because) {
      boolean well = because == Surroundings.Finding.HEALTHY;
      log.info(
          endpoint
              + (well ? " is used again: " : " is left alone: ")
              + (well ? check.healthyThreshold() : check.unhealthyThreshold())
              + " checks of "
              + check.path()
              + (well ? " were as expected" : " were not"));
    }
  }

  private void after(Runnable task, long delayNanos) {
    try {
      timer.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The process is ending: nothing will be later.
    }
  }

  private enum Store {
    MEMORY,
    FILE
  }

  private IdentityStore identityStore(@Nullable Path folder, InstantSource clock) {
    if (settings.constant(Settings.IDENTITY_STORE, Store.class) == Store.MEMORY) {
      return IdentityStore.NONE;
    }
    if (folder == null) {
      log.warn(
          Settings.IDENTITY_STORE.name()
              + ": file (expected: memory, or "
              + Settings.STATE_DIR.name()
              + " to say where); the identity stays in memory");
      return IdentityStore.NONE;
    }
    return new IdentityFile(StateFile.identity(folder, clock, log), node, clock, log);
  }

  private static ScheduledExecutorService newTimer(String name) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(null, task, name, 0, false);
              thread.setDaemon(true);
              thread.setContextClassLoader(null);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** Begins to look for a coordinator; returns at once. */
  public void start() {
    String readyPath = settings.optional(Settings.READY_PATH);
    if (readyPath != null) {
      new ReadyProbe(registration, readyPath, log).start();
    }
    restore();
    telemetry.open(settings);
    stream.start();
    timer.scheduleWithFixedDelay(
        this::report,
        REPORT_INTERVAL.toMillis(),
        REPORT_INTERVAL.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  // ---- the last good configuration on disk

  @SuppressWarnings("unchecked")
  private void restore() {
    Map<String, Object> saved = state == null ? null : state.load();
    if (saved == null) {
      return;
    }
    try {
      if (saved.get("policy") instanceof List<?> trees) {
        policy.apply(
            new Message.Push(0, true, (List<Map<String, Object>>) trees, List.of()), nack -> {});
      }
      if (saved.get("directory") instanceof Map<?, ?> known) {
        directory.restore((Map<String, Object>) known);
      }
      log.info("starting from the configuration of " + saved.get("time"));
    } catch (IOException | RuntimeException e) {
      log.warnOnce("state", "the saved configuration is ignored: " + e);
    }
  }

  /** Soon, and once for many changes. */
  private void saveSoon() {
    StateFile file = state;
    if (file != null && saving.compareAndSet(false, true)) {
      saver.schedule(
          () -> {
            saving.set(false);
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("policy", policy.trees());
            all.put("directory", directory.save());
            file.save(all);
          },
          SAVE_DELAY.toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }

  /** {@code weft.forward.identity}. */
  public boolean forwardsIdentity() {
    return forwardsIdentity;
  }

  /** Whether calls end when the caller of the request that they are for stops waiting. */
  public boolean inheritsDeadlines() {
    return inheritsDeadlines;
  }

  public Node node() {
    return node;
  }

  public Log log() {
    return log;
  }

  public MeshTls tls() {
    return tls;
  }

  /** What the engine lives on in this process. */
  public Surroundings surroundings() {
    return surroundings;
  }

  public Directory directory() {
    return directory;
  }

  public PolicyTable policy() {
    return policy;
  }

  /** Settings that may change. */
  public MeshDefaults defaults() {
    return defaults;
  }

  /** Which calls may leave the mesh. */
  public Egress egress() {
    return egress;
  }

  /** The way of requests that come in. */
  public InboundStack inbound() {
    return inbound;
  }

  public Registration registration() {
    return registration;
  }

  public Drain drain() {
    return drain;
  }

  public Telemetry telemetry() {
    return telemetry;
  }

  /** This process's service, {@code namespace/name}: as its certificate has it, once it has one. */
  public String source() {
    return source;
  }

  /** For short tasks only; probes and waits have threads of their own. */
  public ScheduledExecutorService timer() {
    return timer;
  }

  public boolean connected() {
    return stream.connected();
  }

  private boolean guards(int port) {
    return registration.ports().stream().anyMatch(open -> open.number() == port);
  }

  /** What of this process the mesh does not reach. */
  public OutsideTable outside() {
    return outside;
  }

  /** What is woven, or what is outside, has changed. */
  public void wovenChanged() {
    // One after the other: what is said last is what is so.
    synchronized (weaving) {
      send(new Message.WovenNow(woven.get(), outside.entries()));
    }
  }

  // ---- the end of the process

  /**
   * The first half of leaving, before the application's own shutdown: callers are told, then the
   * requests in flight are waited for. Blocks for at most {@code weft.drain.delay} and {@code
   * weft.drain.timeout} together. A process that served nothing has nothing to wait for.
   */
  public void beginLeaving() {
    if (!leaving.compareAndSet(false, true) || !registration.serving()) {
      return;
    }
    registration.drain();
    try {
      if (stream.connected()) {
        drain.awaitAcknowledged(defaults.drainDelay());
      }
      Duration timeout = defaults.drainTimeout();
      long left = drain.close(QUIET, timeout);
      if (left > 0) {
        log.warn(left + " requests were still in flight after " + timeout + " of draining");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void report() {
    if (stream.connected()) {
      send(telemetry.report(registration.metricsAddress(localAddress)));
    }
  }

  /** The second half, after the application's own shutdown: goodbye. */
  public void finishLeaving() {
    report();
    stream.stop();
  }

  // ---- the coordinator's news

  @Override
  public Message.Hello hello(String epoch) {
    saidInHello = woven.get();
    return new Message.Hello(
        Message.PROTOCOL,
        node.agent(),
        node.instance(),
        node.labels(),
        node.zone(),
        epoch,
        directory.revisions(),
        saidInHello,
        true);
  }

  @Override
  public void joining(@Nullable String awaited, boolean proven) {
    joining.waitsFor(awaited, proven);
  }

  @Override
  public void opened(Message.Welcome welcome, String local, ControlStream opened) {
    localAddress = local;
    source = welcome.namespace() + "/" + welcome.service();
    if (!welcome.service().equals(node.service())
        || !welcome.namespace().equals(node.namespace())) {
      log.warnOnce(
          "name",
          "this process calls itself "
              + node.namespace()
              + "/"
              + node.service()
              + " and its certificate "
              + welcome.namespace()
              + "/"
              + welcome.service()
              + "; the certificate counts");
    }
    sendRegistration();
    // Since the hello there was no stream to say it on.
    if (!woven.get().equals(saidInHello) || !outside.entries().isEmpty()) {
      wovenChanged();
    }
    directory.connected();
    report();
  }

  @Override
  public void received(Message message, ControlStream from) {
    if (message instanceof Message.Endpoints endpoints) {
      if (!directory.endpoints(endpoints)) {
        from.send(new Message.Resync(endpoints.service()));
      }
      saveSoon();
    } else if (message instanceof Message.Resolved resolved) {
      directory.resolved(resolved);
      saveSoon();
    } else if (message instanceof Message.Push push) {
      policy.apply(push, nack -> refuse(nack, from));
      from.send(new Message.Ack(push.n()));
      saveSoon();
    } else if (message instanceof Message.Drained) {
      drain.acknowledged();
    }
  }

  private void refuse(Message.Nack nack, ControlStream from) {
    log.warnOnce(
        "policy " + nack.resource(),
        "policy that this version cannot take: "
            + nack.resource()
            + ": "
            + nack.reason()
            + "; what it was before holds, and if there was none, nobody gets in by it");
    from.send(nack);
  }

  @Override
  public void closed() {
    directory.disconnected();
  }

  private void send(Message message) {
    stream.send(message);
  }

  private void sendRegistration() {
    // One after the other: what is said last is what is so.
    synchronized (registering) {
      Message.@Nullable Register message = registration.message(localAddress);
      if (message != null) {
        send(message);
      }
      for (Registration.OpenPort port : registration.outOfReach(localAddress)) {
        log.warnOnce(
            "loopback " + port.number(),
            "port "
                + port.number()
                + " is bound to "
                + port.address()
                + ", where only this machine reaches it, and is not registered: the coordinator is"
                + " elsewhere; to have callers, bind it to an address that others reach, or set "
                + Settings.ADVERTISE.name());
      }
    }
  }

  private JoinToken token() {
    String text = settings.optional(Settings.JOIN_TOKEN);
    Path file = settings.path(Settings.JOIN_TOKEN_FILE);
    if (text == null) {
      Path from = file != null ? file : settings.home().resolve("join-token");
      try {
        text = Files.readString(from);
      } catch (IOException e) {
        throw new IllegalStateException(
            "no join token: weft.join.token is not set and "
                + from
                + " cannot be read (start `weft coordinator`, or make one with `weft token"
                + " create`)");
      }
    }
    try {
      return JoinToken.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(e.getMessage());
    }
  }
}

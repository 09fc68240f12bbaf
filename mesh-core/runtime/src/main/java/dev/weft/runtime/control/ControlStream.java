package dev.weft.runtime.control;

import dev.weft.policy.JoinToken;
import dev.weft.policy.SpiffeId;
import dev.weft.runtime.Log;
import dev.weft.runtime.Node;
import dev.weft.runtime.tls.ControlTls;
import dev.weft.runtime.tls.Csr;
import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.Keys;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TrustBundle;
import dev.weft.wire.Message;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one stream to one of the coordinators open, for as long as the process lives: joins with
 * the token when there is no valid certificate, renews it in time, pings, and comes back after a
 * loss with full jitter. One daemon thread reads and decides; another writes.
 *
 * <p>The order of what is said is in {@code docs/protocol.md}.
 */
public final class ControlStream {
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration LAST_BACKOFF = Duration.ofSeconds(15);
  private static final Duration SHORTEST_RENEWAL_RETRY = Duration.ofSeconds(1);
  private static final Duration FIRST_RENEWAL_RETRY = Duration.ofSeconds(10);
  private static final Duration LAST_RENEWAL_RETRY = Duration.ofMinutes(5);
  private static final Duration GOODBYE = Duration.ofSeconds(1);
  private static final String PLACE = "control";

  /** A coordinator that refuses with one of these takes us later. */
  private static final Set<String> FOR_NOW = Set.of("unavailable", "too_many", "slow_down");

  private final Node node;
  private final List<String> coordinators;
  private final Supplier<JoinToken> token;
  private final MeshTls tls;
  private final IdentityStore store;
  private final ControlHandler handler;
  private final ScheduledExecutorService timer;
  private final InstantSource clock;
  private final Random random;
  private final Log log;
  private final AtomicReference<@Nullable Connection> current = new AtomicReference<>();
  private volatile boolean stopped;
  private volatile @Nullable KeyPair nextKeys;
  private volatile @Nullable ScheduledFuture<?> renewal;
  private volatile @Nullable Instant askedSince;
  private Duration renewalRetry = FIRST_RENEWAL_RETRY;
  private List<String> peers = List.of();

  /**
   * A coordinator and we do not believe each other's certificates: it has begun anew with another
   * CA, or ours is of another mesh. The token then decides, not what we were.
   */
  private boolean strangers;

  /** Whether there is a coordinator at the address that is being tried. */
  private boolean proven;

  private long version;
  private String epoch = "";

  /**
   * @param coordinators mesh addresses, {@code host:port}; more may be learnt from them
   * @param token the join token; throws if there is none, with the reason as its message
   * @param store where the identity is kept beyond this process's life
   * @param timer runs pings and renewals; short tasks only
   */
  public ControlStream(
      Node node,
      List<String> coordinators,
      Supplier<JoinToken> token,
      MeshTls tls,
      IdentityStore store,
      ControlHandler handler,
      ScheduledExecutorService timer,
      InstantSource clock,
      Random random,
      Log log) {
    this.node = node;
    this.coordinators = List.copyOf(coordinators);
    this.token = token;
    this.tls = tls;
    this.store = store;
    this.handler = handler;
    this.timer = timer;
    this.clock = clock;
    this.random = random;
    this.log = log;
  }

  public void start() {
    Thread thread = new Thread(null, this::run, "weft-control", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    thread.start();
  }

  /** Sends if there is a stream, else drops: all state is sent anew when the next one opens. */
  public void send(Message message) {
    Connection connection = current.get();
    if (connection != null) {
      connection.send(message);
    }
  }

  public boolean connected() {
    return current.get() != null;
  }

  /** Says goodbye and ends for good. Blocks until that is said, for at most a second. */
  public void stop() {
    stopped = true;
    Connection connection = current.getAndSet(null);
    if (connection != null) {
      connection.send(new Message.Bye());
      connection.finish();
      connection.awaitFinished(GOODBYE);
    }
  }

  private void run() {
    Duration backoff = FIRST_BACKOFF;
    restore();
    while (!stopped) {
      boolean talked = false;
      String awaited = null;
      for (String address : shuffledAddresses()) {
        if (stopped) {
          return;
        }
        proven = false;
        try {
          talked = talk(address);
          break;
        } catch (IOException | RuntimeException | CertificateException e) {
          strangers = !strangers && tls.ready() && ControlTls.isRefusal(e);
          if (proven && isForNow(e)) {
            awaited = "another try with " + address + ": " + e.getMessage();
          }
          complain(address, e);
        }
      }
      if (!talked) {
        handler.joining(awaited, true);
      }
      backoff = talked ? FIRST_BACKOFF : min(backoff.multipliedBy(2), LAST_BACKOFF);
      pause(backoff);
    }
  }

  /** Whether a coordinator that is there has no time for us, and may have later. */
  private static boolean isForNow(Exception e) {
    if (e instanceof Refusal refusal) {
      return FOR_NOW.contains(refusal.code);
    }
    return e instanceof EOFException
        || e instanceof SocketException
        || e instanceof SocketTimeoutException;
  }

  private void restore() {
    IdentityStore.Kept kept = store.load();
    if (kept != null) {
      tls.install(kept.bundle());
      tls.install(kept.identity());
      scheduleRenewal(untilRenewal(kept.identity()));
    }
  }

  private List<String> shuffledAddresses() {
    LinkedHashSet<String> all = new LinkedHashSet<>(coordinators);
    all.addAll(peers);
    List<String> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  private void complain(String address, Exception e) {
    String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    log.warnOnce(
        PLACE,
        "no coordinator: "
            + address
            + ": "
            + (e instanceof IOException || e instanceof IllegalStateException
                ? what
                : e.getClass().getName() + ": " + what)
            + "; the application goes on "
            + (epoch.isEmpty() ? "without the mesh" : "with what is known")
            + ", and this is tried again quietly");
    log.debug(address + ": " + e);
  }

  private void pause(Duration atMost) {
    try {
      Thread.sleep(1 + (long) (random.nextDouble() * atMost.toMillis()));
    } catch (InterruptedException e) {
      // Nobody interrupts this thread but the JVM's end.
    }
  }

  // ---- joining

  /** The connection goes on as the identity that the token has proved. */
  private Connection join(String address) throws IOException, CertificateException {
    JoinToken pinned = token.get();
    Connection connection = open(address, ControlTls.joining(pinned, clock));
    try {
      SpiffeId id = new SpiffeId(trustDomainOf(connection), node.namespace(), node.service());
      KeyPair keys = Keys.newKeyPair();
      connection.write(
          new Message.Join(
              pinned.text(),
              Csr.create(keys, id),
              node.namespace(),
              node.service(),
              node.instance(),
              node.agent()));
      handler.joining("a certificate from " + address, true);
      Message answer = connection.read();
      if (answer instanceof Message.Joined joined) {
        install(joined, keys);
        return connection;
      }
      if (answer instanceof Message.Refused refused) {
        throw new Refusal("joining as " + id + " was refused: ", refused);
      }
      throw new IOException("unexpected answer to join: " + answer.type());
    } catch (IOException | RuntimeException | CertificateException e) {
      connection.close();
      throw e;
    }
  }

  private Connection open(String address, ControlTls as) throws IOException {
    Connection opened =
        Connection.open(
            resolve(address),
            as,
            () -> handler.joining("the TLS handshake with " + address, false));
    proven = true;
    return opened;
  }

  /** A coordinator that says no. */
  private static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    final String code;

    Refusal(String what, Message.Refused refused) {
      super(what + refused.code() + ": " + refused.message());
      this.code = refused.code();
    }
  }

  private static String trustDomainOf(Connection connection) throws IOException {
    SpiffeId coordinator =
        SpiffeId.of((X509Certificate) connection.socket().getSession().getPeerCertificates()[0]);
    if (coordinator == null) {
      throw new IOException("the coordinator's certificate has no SPIFFE ID");
    }
    return coordinator.trustDomain();
  }

  private void install(Message.Joined joined, KeyPair keys) throws CertificateException {
    // The roots first: the new identity may hang on one that is not known yet.
    TrustBundle bundle = TrustBundle.of(++version, joined.bundle(), joined.revoked());
    tls.install(bundle);
    Identity identity = Identity.of(++version, keys, joined.chain());
    tls.install(identity);
    store.save(identity, bundle);
    renewalRetry = FIRST_RENEWAL_RETRY;
    askedSince = null;
    log.forget("renewal");
    log.forget("revoked");
    scheduleRenewal(untilRenewal(identity));
  }

  // ---- talking

  /** Returns once the stream is gone; true if it had been opened. */
  private boolean talk(String address) throws IOException, CertificateException {
    boolean joins = !tls.ready() || strangers;
    strangers = false;
    Connection connection = joins ? join(address) : open(address, ControlTls.joined(tls));
    ScheduledFuture<?> pings = null;
    boolean opened = false;
    try {
      connection.write(handler.hello(epoch));
      handler.joining("the welcome of " + address, true);
      Message first = connection.read();
      if (first instanceof Message.Refused refused) {
        throw new Refusal("", refused);
      }
      if (!(first instanceof Message.Welcome welcome)) {
        throw new IOException("unexpected answer to hello: " + first.type());
      }
      epoch = welcome.epoch();
      peers = welcome.peers();
      connection.startWriter("weft-control-writer");
      pings =
          timer.scheduleWithFixedDelay(
              () -> connection.send(new Message.Ping()),
              welcome.heartbeatMillis(),
              welcome.heartbeatMillis(),
              TimeUnit.MILLISECONDS);
      current.set(connection);
      opened = true;
      log.forget(PLACE);
      log.info("coordinator " + address);
      sayRoots();
      handler.joining("the first answer of " + address, true);
      handler.opened(welcome, connection.socket().getLocalAddress().getHostAddress(), this);
      while (!stopped) {
        received(connection.read());
      }
    } catch (IOException e) {
      if (!opened) {
        throw e;
      }
      log.debug("stream lost: " + e);
    } finally {
      if (pings != null) {
        pings.cancel(false);
      }
      // If still ours although stopped, stop() came too early to say goodbye here, and does not
      // wait for this: it is said if the JVM lives that long.
      boolean unsaid = current.compareAndSet(connection, null);
      if (opened) {
        handler.closed();
      }
      if (stopped) {
        if (unsaid) {
          connection.send(new Message.Bye());
        }
        connection.finish();
      } else {
        connection.close();
      }
    }
    return opened;
  }

  private void received(Message message) throws CertificateException, IOException {
    if (message instanceof Message.Joined joined) {
      KeyPair keys = nextKeys;
      // The answer to an earlier request may come after the next one has been sent.
      if (keys != null && Identity.isFor(keys, joined.chain())) {
        nextKeys = null;
        install(joined, keys);
        sayRoots();
      }
    } else if (message instanceof Message.Bundle bundle) {
      installed(TrustBundle.of(++version, bundle.bundle(), bundle.revoked()));
      sayRoots();
    } else if (message instanceof Message.RenewNow) {
      scheduleRenewal(Duration.ofMillis((long) (random.nextDouble() * 1_000)));
    } else if (message instanceof Message.GoAway away) {
      // What is open goes on until the coordinator closes; the loop then finds another one.
      log.debug("coordinator goes away in " + away.afterMillis() + " ms");
      timer.schedule(
          this::leave,
          (long) (random.nextDouble() * Math.max(1, away.afterMillis())),
          TimeUnit.MILLISECONDS);
    } else if (message instanceof Message.Refused refused) {
      log.warnOnce(
          refused.code().equals("bad_register") ? "registration" : "renewal",
          "the coordinator refused: " + refused.code() + ": " + refused.message());
    } else if (!(message instanceof Message.Pong)) {
      handler.received(message, this);
    }
  }

  /** Which roots are in force here: a rotation waits for it. */
  private void sayRoots() {
    TrustBundle bundle = tls.bundle();
    if (bundle != null) {
      send(new Message.Trusts(bundle.fingerprints()));
    }
  }

  private void installed(TrustBundle bundle) {
    long before = tls.counters().connectionsRevoked();
    if (!tls.install(bundle)) {
      return;
    }
    Identity identity = tls.identity();
    if (identity != null) {
      store.save(identity, bundle);
    }
    long ended = tls.counters().connectionsRevoked() - before;
    if (ended > 0) {
      log.info(ended + " connections were ended: the certificates of their peers were revoked");
    }
    if (!tls.ready()) {
      // Ours. Whoever has the token is somebody again at once.
      log.warnOnce("revoked", tls.unready() + "; asking for another with the join token");
      leave();
    }
  }

  private void leave() {
    Connection connection = current.get();
    if (connection != null) {
      connection.close();
    }
  }

  // ---- renewing

  /**
   * At two thirds of what is left of a certificate that was just issued, give or take a tenth. Not
   * of its whole life: that began minutes ago on paper, for those whose clocks are behind.
   */
  private Duration untilRenewal(Identity identity) {
    Duration left = Duration.between(clock.instant(), identity.notAfter());
    double part = 2.0 / 3 + (random.nextDouble() * 2 - 1) / 10;
    return Duration.ofMillis((long) (left.toMillis() * part));
  }

  private void scheduleRenewal(Duration delay) {
    ScheduledFuture<?> before = renewal;
    if (before != null) {
      before.cancel(false);
    }
    renewal = timer.schedule(this::renew, Math.max(0, delay.toMillis()), TimeUnit.MILLISECONDS);
  }

  /** Asks for the next certificate; asks again until it is there. */
  private void renew() {
    Identity identity = tls.identity();
    if (stopped || identity == null) {
      return;
    }
    Duration left = Duration.between(clock.instant(), identity.notAfter());
    Instant since = askedSince;
    if (since == null) {
      askedSince = clock.instant();
    } else {
      warnOfExpiry(identity, left, Duration.between(since, identity.notAfter()));
    }
    try {
      KeyPair keys = Keys.newKeyPair();
      nextKeys = keys;
      send(new Message.Renew(Csr.create(keys, identity.spiffeId())));
    } catch (RuntimeException e) {
      log.warnOnce("renewal", "no new key could be made: " + e);
    }
    // A certificate of seconds has no ten of them to wait.
    scheduleRenewal(min(renewalRetry, max(left.dividedBy(4), SHORTEST_RENEWAL_RETRY)));
    renewalRetry = min(renewalRetry.multipliedBy(2), LAST_RENEWAL_RETRY);
  }

  /**
   * Once at half, once at a tenth of the time that was left when it was first asked for in vain.
   */
  private void warnOfExpiry(Identity identity, Duration left, Duration leftAtFirst) {
    int part = left.multipliedBy(10).compareTo(leftAtFirst) < 0 ? 10 : 2;
    if (left.multipliedBy(part).compareTo(leftAtFirst) < 0) {
      log.warnOnce(
          "expiry " + identity.version() + " 1/" + part,
          left.isNegative()
              ? "the certificate ended at " + identity.notAfter() + ", as no coordinator renewed it"
              : "the certificate ends at "
                  + identity.notAfter()
                  + " and no coordinator has renewed it");
    }
  }

  private static InetSocketAddress resolve(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    try {
      int port = Integer.parseInt(address.substring(colon + 1));
      if (colon > 0 && port >= 1 && port <= 65535) {
        String host = address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
          host = host.substring(1, host.length() - 1);
        }
        return new InetSocketAddress(host, port);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IOException("weft.coordinator: \"" + address + "\" (expected: host:port)");
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}

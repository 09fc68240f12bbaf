package dev.weft.runtime.tls;

import dev.weft.engine.inbound.Peer;
import dev.weft.policy.SpiffeId;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Mesh TLS of this process: its identity and its roots, both replaceable at any time, and the
 * engines and sockets that use them. Safe for use by any thread.
 *
 * <p>When the identity or the roots change, everything that comes after it gets fresh SSL contexts.
 * Emptying the caches of the old ones would not do: sessions of handshakes under way would still
 * land in them, the JDK keeps a queue of tickets that {@code SSLSessionContext} does not show, and
 * a server's stateless tickets live with their callers, readable by it as long as its context
 * lives. A fresh context knows none of them, so no session outlives the identity, its own or its
 * peer's, or the roots that it was made under. Open connections, and handshakes under way, go on,
 * but for those with a peer whose certificate was revoked.
 */
public final class MeshTls {
  /** Destinations whose contexts are kept. Those used least are made anew when called again. */
  static final int CLIENTS = 1024;

  private static final Runnable NOTHING = () -> {};

  private final InstantSource clock;
  private final TlsCounters counters;
  private final Jsse jsse;
  private final ServerTls server;
  private final LiveConnections connections = new LiveConnections();
  private final Map<ClientTls.Key, ClientTls> clients =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ClientTls.Key, ClientTls> eldest) {
          return size() > CLIENTS;
        }
      };

  private volatile Generation generation = new Generation(null, null, null);

  /** What holds from one change to the next. Immutable; one change, one object. */
  static final class Generation {
    final @Nullable Identity identity;
    final @Nullable TrustBundle bundle;

    /** Of {@link #bundle}, with the chains it has found good; null without a bundle. */
    final @Nullable ChainVerifier verifier;

    Generation(
        @Nullable Identity identity,
        @Nullable TrustBundle bundle,
        @Nullable ChainVerifier verifier) {
      this.identity = identity;
      this.bundle = bundle;
      this.verifier = verifier;
    }
  }

  /**
   * Without identity and roots yet: both are to be installed.
   *
   * @param random null for the JDK's default
   * @throws IllegalStateException if this JVM's settings do not allow TLS 1.3 with EC P-256, naming
   *     the setting
   */
  public MeshTls(InstantSource clock, TlsCounters counters, @Nullable SecureRandom random) {
    this.clock = clock;
    this.counters = counters;
    this.jsse = Jsse.of(random);
    this.server = new ServerTls();
  }

  /** From now on this process is {@code next}. Open connections keep what they have. */
  public synchronized void install(Identity next) {
    Generation now = generation;
    generation = new Generation(next, now.bundle, now.verifier);
  }

  /**
   * From now on these roots, and no others, are believed, and nothing that was revoked. The same
   * again changes nothing, so that a coordinator may repeat it. Connections of peers whose
   * certificate was revoked are ended before this returns.
   *
   * @return whether it is anything new
   */
  public boolean install(TrustBundle next) {
    synchronized (this) {
      Generation now = generation;
      if (now.bundle != null && now.bundle.saysTheSameAs(next)) {
        return false;
      }
      generation = new Generation(now.identity, next, new ChainVerifier(next, counters));
    }
    Revocations revoked = next.revocations();
    if (!revoked.isEmpty()) {
      int ended =
          connections.end(
              session -> {
                PeerIdentity peer = PeerIdentity.shown(session);
                return peer != null && peer.isRevoked(revoked);
              });
      counters.connectionsRevoked.add(ended);
    }
    return true;
  }

  /** What this process is; null until the first was installed. It may have ended. */
  public @Nullable Identity identity() {
    return generation.identity;
  }

  /** Whom it believes; null until the first was installed. */
  public @Nullable TrustBundle bundle() {
    return generation.bundle;
  }

  /** Whether handshakes can succeed: there are roots, and an identity that has not ended. */
  public boolean ready() {
    return unready(generation, clock.millis()) == null;
  }

  /** Why handshakes cannot succeed, for a log or an answer; null if they can. */
  public @Nullable String unready() {
    return unready(generation, clock.millis());
  }

  static @Nullable String unready(Generation now, long nowMillis) {
    if (now.identity == null) {
      return "this process has no certificate yet (has it reached a coordinator?)";
    }
    if (now.bundle == null) {
      return "this process has no roots to trust yet (has it reached a coordinator?)";
    }
    if (now.bundle.revocations().contains(now.identity.certificate(), now.identity.spiffeId())) {
      return "this process's certificate was revoked";
    }
    if (nowMillis >= now.identity.notAfterMillis()) {
      return "this process's certificate ended at "
          + now.identity.notAfter()
          + " (why was it not renewed? see the log)";
    }
    return null;
  }

  public TlsCounters counters() {
    return counters;
  }

  InstantSource clock() {
    return clock;
  }

  Generation generation() {
    return generation;
  }

  Jsse jsse() {
    return jsse;
  }

  /**
   * Mesh TLS towards one service. The same object for the same arguments as long as it is in use;
   * cheap enough to ask for, but meant to be kept.
   *
   * @param sniHost what to send as the server's name, {@link SpiffeId#sniHost()} of the service
   * @param accepted who the service's endpoints may be; at least one
   * @throws IllegalArgumentException if {@code accepted} is empty or {@code sniHost} no host name
   */
  public ClientTls client(String sniHost, Set<SpiffeId> accepted) {
    ClientTls.Key key = new ClientTls.Key(sniHost, Set.copyOf(accepted));
    synchronized (clients) {
      ClientTls client = clients.get(key);
      if (client == null) {
        client = new ClientTls(this, key);
        clients.put(key, client);
      }
      return client;
    }
  }

  /**
   * An engine for one connection that a peer has opened: server mode, ready to handshake, a
   * certificate of this mesh required of the peer. If this process is not {@link #ready()} the
   * handshake fails; without an identity in the JDK's words ("No available authentication scheme"),
   * so ask {@link #unready()} first to be able to say why.
   *
   * @param hangUp ends the connection below the engine as if the peer had closed it; run by another
   *     thread if the peer's certificate is revoked, and then the engine is closed already. Kept
   *     weakly: the connection has to hold it
   * @param alpn protocols that the server speaks, in order of preference; none for no ALPN
   */
  public SSLEngine serverEngine(Runnable hangUp, String... alpn) {
    SSLEngine engine = server.context().createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = jsse.parameters(alpn);
    parameters.setNeedClientAuth(true);
    engine.setSSLParameters(parameters);
    counters.serverHandshakes.increment();
    connections.add(engine, hangUp);
    return engine;
  }

  /**
   * A connection of this process's to a peer, on which a library speaks TLS: when its engine is
   * closed it carries nothing more, and the library finds out when it next wants to use it.
   */
  void called(SSLEngine engine) {
    connections.add(engine, NOTHING);
  }

  /** The same as a socket. */
  void called(SSLSocket socket, Socket raw) {
    connections.add(socket, raw);
  }

  /**
   * Who is at the other end of a connection whose engine or socket was made here. For each request:
   * cheap, and also true on resumed sessions, which no trust manager sees.
   *
   * @return null before the handshake is over, and when the peer's certificate has ended or was
   *     revoked
   */
  public @Nullable SpiffeId peer(@Nullable SSLSession session) {
    PeerIdentity known = believed(session);
    return known == null ? null : known.id();
  }

  /** As {@link #peer}, in the form in which policy asks. */
  public @Nullable Peer caller(@Nullable SSLSession session) {
    PeerIdentity known = believed(session);
    return known == null ? null : known.peer();
  }

  /**
   * Who the peer of a session is and whom it has reached, in the form of Envoy's field {@code
   * x-forwarded-client-cert} (By, Hash, URI).
   *
   * @return null if the peer is nobody, or this process is
   */
  public @Nullable String forwarded(@Nullable SSLSession session) {
    PeerIdentity known = believed(session);
    Identity mine = identity();
    if (session == null || known == null || known.id() == null || mine == null) {
      return null;
    }
    String hash = known.fingerprint(session);
    return hash == null ? null : "By=" + mine.spiffeId() + ";Hash=" + hash + ";URI=" + known.id();
  }

  private @Nullable PeerIdentity believed(@Nullable SSLSession session) {
    PeerIdentity shown = PeerIdentity.shown(session);
    return shown != null && clock.millis() < shown.endMillis() && !shown.isRevoked(revocations())
        ? shown
        : null;
  }

  Revocations revocations() {
    TrustBundle now = generation.bundle;
    return now == null ? Revocations.NONE : now.revocations();
  }

  /** A context that is made when first needed and made anew when the generation has changed. */
  abstract class Context {
    private volatile @Nullable Bound bound;

    SSLContext context() {
      Bound now = bound;
      Generation current = generation;
      return now != null && now.holds(current, ended(current)) ? now.context : renew();
    }

    private synchronized SSLContext renew() {
      Generation current = generation;
      boolean ended = ended(current);
      Bound now = bound;
      if (now == null || !now.holds(current, ended)) {
        now = new Bound(current, ended, make(new MeshKeyManager(current.identity)));
        bound = now;
      }
      return now.context;
    }

    /** Sessions end with this process's certificate, as if it had been replaced. */
    private boolean ended(Generation current) {
      Identity identity = current.identity;
      return identity != null && clock.millis() >= identity.notAfterMillis();
    }

    /** The next one knows no session. */
    synchronized void forget() {
      bound = null;
    }

    abstract SSLContext make(MeshKeyManager keys);
  }

  private record Bound(Generation generation, boolean ended, SSLContext context) {
    boolean holds(Generation current, boolean nowEnded) {
      return generation == current && ended == nowEnded;
    }
  }

  private final class ServerTls extends Context {
    @Override
    SSLContext make(MeshKeyManager keys) {
      return jsse.context(keys, new MeshTrustManager(MeshTls.this, null));
    }
  }
}

package dev.weft.testkit;

import dev.weft.bridge.Incoming;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Gate;
import dev.weft.policy.SpiffeId;
import dev.weft.runtime.tls.ClientHello;
import dev.weft.runtime.tls.MeshTls;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** A listening port whose decisions the test makes, and whose events it counts. */
public final class TestListener implements Gate {
  /** The SNI that mesh clients send. */
  public static final String SNI = "orders.default.weft.internal";

  /** What the mesh does, to make it fail. */
  public enum Op {
    SNIFF,
    SERVER_ENGINE,
    ADMIT,
    CLIENT_CERTIFICATE,
    DRAINING,
    REQUEST_STARTED,
    REQUEST_ENDED,
    CLOSE
  }

  /**
   * One call of {@link #admit}.
   *
   * @param path the target as it was sent, without the query; empty if nobody can read it
   * @param hops that the mesh has read in it
   * @param head of the request; to be read while the rule decides, never later
   */
  public record Asked(
      @Nullable String peer,
      @Nullable String protocol,
      String method,
      String path,
      int hops,
      Incoming head) {}

  /** A connection of mesh TLS; kept as weakly as the mesh does. */
  private record Carried(WeakReference<SSLEngine> engine, WeakReference<Runnable> hangUp) {}

  /** Decides in the place of the authorization policy; null lets in. */
  public interface Rule {
    @Nullable Refusal decide(Asked asked);
  }

  private final String library;
  private final @Nullable InetSocketAddress bound;
  private final boolean ownTls;
  private final @Nullable MeshTls tls;
  private final SSLContext keys;
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
  private final AtomicInteger started = new AtomicInteger();
  private final Semaphore ends = new Semaphore(0);
  private final AtomicInteger ended = new AtomicInteger();
  private final Queue<String> statuses = new ConcurrentLinkedQueue<>();
  private volatile boolean forwards;
  private final Queue<String> callers = new ConcurrentLinkedQueue<>();
  private final AtomicInteger sniffs = new AtomicInteger();
  private final Map<Op, Throwable> failures = new EnumMap<>(Op.class);
  private final Queue<Carried> carried = new ConcurrentLinkedQueue<>();
  private volatile Rule rule = request -> null;
  private volatile boolean draining;
  private volatile boolean closed;

  /**
   * @param tls the real one; null for keys that no authority has issued
   */
  TestListener(
      String library, @Nullable InetSocketAddress bound, boolean ownTls, @Nullable MeshTls tls) {
    this.library = library;
    this.bound = bound;
    this.ownTls = ownTls;
    this.tls = tls;
    // The first to ask has the keys made, which takes longer than a handshake may.
    this.keys = Identities.context("orders");
  }

  /** Every later call of this method throws this. */
  public void fail(Op op, RuntimeException error) {
    synchronized (failures) {
      failures.put(op, error);
    }
  }

  /** Decides about requests from now on. */
  public void rule(Rule decider) {
    rule = decider;
  }

  /** As a PeerAuthentication in mode STRICT would: no identity, no entry. */
  public void strict() {
    rule(
        request ->
            request.peer() != null
                ? null
                : refusal(403, "PeerAuthentication default/strict: mTLS is required"));
  }

  /**
   * Ends the connections of mesh TLS, as when their peers' certificates are revoked.
   *
   * @return how many could be
   */
  public int endConnections() {
    int ended = 0;
    for (Carried one : carried) {
      SSLEngine engine = one.engine().get();
      Runnable hangUp = one.hangUp().get();
      if (engine != null && hangUp != null) {
        engine.closeOutbound();
        try {
          engine.closeInbound();
        } catch (SSLException e) {
          // Before the peer's close_notify: that is the point.
        }
        hangUp.run();
        ended++;
      }
    }
    return ended;
  }

  /** How many of its engines of TLS somebody still has. */
  public int engines() {
    return (int) carried.stream().filter(one -> one.engine().get() != null).count();
  }

  /** Turns draining on or off. */
  public void draining(boolean on) {
    draining = on;
  }

  /** A refusal with this text as its body's detail. */
  public static Refusal refusal(int status, String detail) {
    return new Refusal(
        status,
        "weft; error=http_request_denied",
        ("{\"status\":" + status + ",\"detail\":\"" + detail + "\"}")
            .getBytes(StandardCharsets.UTF_8),
        null);
  }

  public String library() {
    return library;
  }

  public @Nullable InetSocketAddress bound() {
    return bound;
  }

  public boolean ownTls() {
    return ownTls;
  }

  /** Every call of {@link #admit}, in order. */
  public Queue<Asked> asked() {
    return asked;
  }

  public int requestsStarted() {
    return started.get();
  }

  public int requestsEnded() {
    return ended.get();
  }

  /**
   * Waits for this many ends of requests that were not waited for yet: a client has its response a
   * moment before the server is done with the request.
   *
   * @throws AssertionError if they do not come within a minute
   */
  public void awaitEnds(int count) throws InterruptedException {
    if (!ends.tryAcquire(count, 1, TimeUnit.MINUTES)) {
      throw new AssertionError(
          "expected " + count + " more ends, have " + ends.availablePermits() + " of " + started);
    }
  }

  /** How often {@link #sniff} was asked. */
  public int sniffs() {
    return sniffs.get();
  }

  public boolean closed() {
    return closed;
  }

  @Override
  public Listener.Sniff sniff(ByteBuffer firstBytes) {
    sniffs.incrementAndGet();
    mayFail(Op.SNIFF);
    int at = firstBytes.position();
    int have = firstBytes.remaining();
    if (have == 0) {
      throw new IllegalArgumentException("sniff without a byte");
    }
    if (tls != null) {
      return switch (ClientHello.sniff(firstBytes)) {
        case NEED_MORE -> Listener.Sniff.NEED_MORE;
        case MESH -> Listener.Sniff.MESH_TLS;
        default -> Listener.Sniff.NOT_OURS;
      };
    }
    if (firstBytes.get(at) != 0x16) {
      return Listener.Sniff.NOT_OURS;
    }
    if (have < 5) {
      return Listener.Sniff.NEED_MORE;
    }
    int length = firstBytes.getShort(at + 3) & 0xffff;
    if (length > Listener.SNIFF_LIMIT - 5) {
      return Listener.Sniff.CLOSE;
    }
    if (have < 5 + length) {
      return Listener.Sniff.NEED_MORE;
    }
    byte[] hello = new byte[length];
    firstBytes.duplicate().position(at + 5).get(hello);
    return new String(hello, StandardCharsets.ISO_8859_1).contains(".weft.internal")
        ? Listener.Sniff.MESH_TLS
        : Listener.Sniff.NOT_OURS;
  }

  @Override
  public SSLEngine serverEngine(Runnable hangUp, String... alpn) {
    mayFail(Op.SERVER_ENGINE);
    if (tls != null) {
      return tls.serverEngine(hangUp, alpn);
    }
    SSLEngine engine = keys.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setNeedClientAuth(true);
    if (alpn.length > 0) {
      parameters.setApplicationProtocols(alpn);
    }
    engine.setSSLParameters(parameters);
    carried.add(new Carried(new WeakReference<>(engine), new WeakReference<>(hangUp)));
    return engine;
  }

  private @Nullable String peer(@Nullable SSLSession session) {
    if (tls == null) {
      return Identities.peer(session);
    }
    SpiffeId caller = tls.peer(session);
    return caller == null ? null : caller.service();
  }

  @Override
  public Visit admit(@Nullable SSLSession session, Incoming head, int hops) {
    mayFail(Op.ADMIT);
    Asked request =
        new Asked(
            peer(session),
            session == null ? null : session.getProtocol(),
            head.method(),
            head.target(),
            hops,
            head);
    asked.add(request);
    return new Guest(request, rule.decide(request));
  }

  private final class Guest implements Visit {
    private final Asked request;
    private final @Nullable Refusal refusal;

    Guest(Asked request, @Nullable Refusal refusal) {
      this.request = request;
      this.refusal = refusal;
    }

    @Override
    public @Nullable Refusal refusal() {
      return refusal;
    }

    @Override
    public @Nullable String peer() {
      return request.peer();
    }

    @Override
    public @Nullable String clientCertificate() {
      mayFail(Op.CLIENT_CERTIFICATE);
      return forwards && request.peer() != null ? "URI=" + request.peer() : null;
    }

    @Override
    public void served(int status, long nanos) {
      statuses.add(request.head().method() + " " + request.head().target() + " " + status);
      callers.add(Objects.requireNonNullElse(request.peer(), "nobody"));
    }
  }

  /** From now on applications are shown who calls. */
  public void forward() {
    forwards = true;
  }

  @Override
  public boolean draining() {
    mayFail(Op.DRAINING);
    return draining;
  }

  @Override
  public void workStarted() {
    mayFail(Op.REQUEST_STARTED);
    started.incrementAndGet();
  }

  /** What became of requests, as {@code GET /path 200}, in the order of their ends. */
  public Queue<String> statuses() {
    return statuses;
  }

  /** Whose they were, in the same order; {@code nobody}: of plaintext. */
  public Queue<String> callers() {
    return callers;
  }

  @Override
  public void workEnded() {
    mayFail(Op.REQUEST_ENDED);
    ended.incrementAndGet();
    ends.release();
  }

  @Override
  public void close() {
    closed = true;
    mayFail(Op.CLOSE);
  }

  private void mayFail(Op op) {
    synchronized (failures) {
      Throwable failure = failures.get(op);
      if (failure instanceof RuntimeException error) {
        throw error;
      }
    }
  }

  @Override
  public String toString() {
    return library + " on " + bound + (closed ? " (closed)" : "");
  }
}

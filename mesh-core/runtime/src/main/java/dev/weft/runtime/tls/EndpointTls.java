package dev.weft.runtime.tls;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Mesh TLS towards one endpoint, for as long as what the endpoint has shown of itself holds. A
 * connection is worth no more than the certificate it was made with: when the first of those ends,
 * or is revoked, this is {@link #over}, and calls have to go over connections of the {@link #next}
 * one. Safe for use by any thread.
 */
public final class EndpointTls {
  /** Handshakes whose end is looked for; of more at once the newest are enough. */
  private static final int MAX_HANDSHAKES = 16;

  /** Different certificates of one endpoint that are remembered: hardly ever more than two. */
  private static final int MAX_SHOWN = 8;

  /** Longer than any library waits for a handshake. */
  private static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** What JSSE calls the protocol of a session before the handshake is over. */
  private static final String NO_HANDSHAKE = "NONE";

  /** An engine that may not have heard of its peer yet. */
  private record Begun(SSLEngine engine, long nanos) {}

  private final MeshTls mesh;
  private final ClientTls tls;
  private final ArrayDeque<Begun> handshakes = new ArrayDeque<>(); // guarded by itself
  private volatile boolean unheard;
  private volatile long endMillis = Long.MAX_VALUE;

  /** What was shown on its connections; guarded by {@link #handshakes}. */
  private final ArrayDeque<PeerIdentity> shown = new ArrayDeque<>();

  /** What {@link #revoked} is as of; null: to be found out. */
  private volatile @Nullable Revocations lookedAt;

  private volatile boolean revoked;

  EndpointTls(MeshTls mesh, ClientTls tls) {
    this.mesh = mesh;
    this.tls = tls;
  }

  /** See {@link ClientTls#engine}. */
  public SSLEngine engine(String host, int port, String... alpn) {
    SSLEngine engine = tls.engine(host, port, alpn);
    mesh.called(engine);
    synchronized (handshakes) {
      if (handshakes.size() >= MAX_HANDSHAKES) {
        handshakes.removeFirst();
      }
      handshakes.addLast(new Begun(engine, System.nanoTime()));
      unheard = true;
    }
    return engine;
  }

  /** See {@link ClientTls#layer}. */
  public SSLSocket layer(Socket raw, int handshakeTimeoutMillis, String... alpn)
      throws IOException {
    SSLSocket socket = tls.layer(raw, handshakeTimeoutMillis, alpn);
    shaken(socket, raw);
    return socket;
  }

  /**
   * For libraries that shake hands themselves: see {@link EndpointSockets}.
   *
   * @param handshakeTimeoutMillis for each handshake, &gt; 0
   */
  public SSLSocketFactory socketFactory(int handshakeTimeoutMillis) {
    return new EndpointSockets(this, handshakeTimeoutMillis);
  }

  ClientTls client() {
    return tls;
  }

  /** Hands have been shaken over a connection, and it is who it should be. */
  void shaken(SSLSocket socket, Socket raw) {
    mesh.called(socket, raw);
    synchronized (handshakes) {
      hear(socket.getSession());
    }
  }

  /**
   * Whether a certificate has ended, or was revoked, that the endpoint showed on a connection of
   * this object. Asked for each call: as good as free but for the moments after a connection was
   * begun.
   */
  public boolean over() {
    if (unheard) {
      hear();
    }
    return mesh.clock().millis() >= endMillis || isRevoked();
  }

  private boolean isRevoked() {
    Revocations now = mesh.revocations();
    if (now != lookedAt) {
      synchronized (handshakes) {
        for (PeerIdentity peer : shown) {
          revoked |= peer.isRevoked(now);
        }
        lookedAt = now;
      }
    }
    return revoked;
  }

  /**
   * What to use once this is {@link #over}. Sessions of all endpoints of the service are forgotten:
   * one that is resumed would bring the ended certificate back, unseen by any trust manager.
   */
  public EndpointTls next() {
    tls.forgetSessions();
    return tls.endpoint();
  }

  private void hear() {
    synchronized (handshakes) {
      long now = System.nanoTime();
      Iterator<Begun> all = handshakes.iterator();
      while (all.hasNext()) {
        Begun begun = all.next();
        // The one of a resumed session is the one that it was first made with.
        if (hear(begun.engine.getSession()) || now - begun.nanos > HANDSHAKE_NANOS) {
          all.remove();
        }
      }
      unheard = !handshakes.isEmpty();
    }
  }

  /** Returns whether the peer of a session has shown who it is. */
  private boolean hear(SSLSession session) {
    if (session.getProtocol().equals(NO_HANDSHAKE)) {
      return false; // without the price of an exception
    }
    PeerIdentity peer = PeerIdentity.shown(session);
    if (peer == null) {
      return false;
    }
    endMillis = Math.min(endMillis, peer.endMillis());
    if (shown.stream().noneMatch(peer::isOfTheSameCertificateAs)) {
      if (shown.size() >= MAX_SHOWN) {
        shown.removeFirst(); // the oldest: it ends first, and this is over then
      }
      shown.addLast(peer);
      lookedAt = null;
    }
    return true;
  }
}

package dev.weft.runtime.tls;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * Mesh TLS towards one endpoint, for as long as what the endpoint has shown of itself holds. A
 * connection is worth no more than the certificate it was made with: when the first of those ends,
 * this is {@link #over}, and calls have to go over connections of the {@link #next} one. Safe for
 * use by any thread.
 */
public final class EndpointTls {
  /** Handshakes whose end is looked for; of more at once the newest are enough. */
  private static final int MAX_HANDSHAKES = 16;

  /** Longer than any library waits for a handshake. */
  private static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** An engine that may not have heard of its peer yet. */
  private record Begun(SSLEngine engine, long nanos) {}

  private final MeshTls mesh;
  private final ClientTls tls;
  private final ArrayDeque<Begun> handshakes = new ArrayDeque<>(); // guarded by itself
  private volatile boolean unheard;
  private volatile long endMillis = Long.MAX_VALUE;

  EndpointTls(MeshTls mesh, ClientTls tls) {
    this.mesh = mesh;
    this.tls = tls;
  }

  /** See {@link ClientTls#engine}. */
  public SSLEngine engine(String host, int port, String... alpn) {
    SSLEngine engine = tls.engine(host, port, alpn);
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
    synchronized (handshakes) {
      shown(socket.getSession());
    }
    return socket;
  }

  /**
   * Whether a certificate has ended that the endpoint showed on a connection of this object. Asked
   * for each call: as good as free but for the moments after a connection was begun.
   */
  public boolean over() {
    if (unheard) {
      hear();
    }
    return mesh.clock().millis() >= endMillis;
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
        if (shown(begun.engine.getSession()) || now - begun.nanos > HANDSHAKE_NANOS) {
          all.remove();
        }
      }
      unheard = !handshakes.isEmpty();
    }
  }

  private boolean shown(SSLSession session) {
    long end = PeerIdentity.endMillis(session);
    if (end < endMillis) {
      endMillis = end;
    }
    return end != Long.MAX_VALUE;
  }
}

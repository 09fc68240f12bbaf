package dev.weft.runtime.tls;

import java.lang.ref.WeakReference;
import java.net.Socket;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * The open connections of mesh TLS, as long as somebody holds them, so that they can be ended
 * before their time. Safe for use by any thread.
 */
final class LiveConnections {
  /** What ends a connection's transport. Weak, because it leads back to the engine. */
  private final Map<SSLEngine, WeakReference<Runnable>> engines = new WeakHashMap<>();

  /** With the socket below it, which alone closes at once, whatever its users are waiting for. */
  private final Map<SSLSocket, Socket> sockets = new WeakHashMap<>();

  /**
   * @param hangUp ends the transport as if the peer had; kept weakly
   */
  synchronized void add(SSLEngine engine, Runnable hangUp) {
    engines.put(engine, new WeakReference<>(hangUp));
  }

  /**
   * @param socket its handshake is over
   */
  synchronized void add(SSLSocket socket, Socket raw) {
    sockets.put(socket, raw);
  }

  /**
   * Ends those whose session is one of these.
   *
   * @return how many
   */
  int end(Predicate<SSLSession> which) {
    Map<SSLEngine, WeakReference<Runnable>> engines;
    Map<SSLSocket, Socket> sockets;
    synchronized (this) {
      engines = new HashMap<>(this.engines);
      sockets = new HashMap<>(this.sockets);
    }
    int ended = 0;
    for (Map.Entry<SSLEngine, WeakReference<Runnable>> one : engines.entrySet()) {
      if (which.test(one.getKey().getSession())) {
        ended++;
        close(one.getKey());
        Runnable hangUp = one.getValue().get();
        if (hangUp != null) {
          hangUp.run();
        }
      }
    }
    for (Map.Entry<SSLSocket, Socket> one : sockets.entrySet()) {
      if (which.test(one.getKey().getSession())) {
        ended++;
        Handshakes.closeQuietly(one.getValue());
      }
    }
    return ended;
  }

  /** Nothing that comes in is decrypted any more, and nothing that is written encrypted. */
  private static void close(SSLEngine engine) {
    engine.closeOutbound();
    try {
      engine.closeInbound();
    } catch (SSLException e) {
      // "closing inbound before receiving peer's close_notify": that is the point.
    }
  }
}

package dev.weft.bridge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;

/**
 * The resolved address of one endpoint of one service, as handed to a library's connection pool.
 * Its host string is a label unique for (endpoint, service, accepted identities, TLS mode), so that
 * the pool never lends a connection across any of them; nothing ever looks the label up.
 *
 * <p>Interned: for the same four there is one object, so it may serve as a key by identity too.
 */
public abstract class MeshAddress extends InetSocketAddress {
  private static final long serialVersionUID = 1L;

  /** A peer that accepts connections and never shakes hands must not hold a caller for ever. */
  public static final int HANDSHAKE_MILLIS = 5_000;

  private static final AtomicLong COUNT = new AtomicLong();

  private final String shortLabel = Long.toString(COUNT.incrementAndGet(), 36) + ".weft";

  protected MeshAddress(InetAddress labelled, int port) {
    super(labelled, port);
  }

  /**
   * Another label, which only this object has, of a few characters: for libraries that read the
   * host anew for each request, at a price for each character. Never looked up.
   */
  public final String shortLabel() {
    return shortLabel;
  }

  /** Whether connections to this endpoint speak mesh TLS. */
  public abstract boolean tls();

  /**
   * A client engine for a new connection to this endpoint, ready to handshake: TLS 1.3, the mesh's
   * SNI, this process's certificate, and a check of the peer's SPIFFE ID.
   *
   * @param alpn protocols to offer, in order of preference; none for no ALPN
   */
  public abstract SSLEngine clientEngine(String... alpn);

  /**
   * As {@link #clientEngine}, for a library that takes engines from a context only. It has nothing
   * else: neither sockets nor sessions.
   */
  public final SSLContext sslContext(String... alpn) {
    return new EngineContext(this, alpn);
  }

  /**
   * Puts mesh TLS over a connected socket and shakes hands. Closing the result closes {@code raw},
   * which is also closed when the handshake fails.
   *
   * @param timeoutMillis for the whole handshake; 0 for the mesh's own limit, of a few seconds,
   *     which holds in any case
   * @throws java.net.SocketTimeoutException if it takes longer
   */
  public abstract Socket layer(Socket raw, int timeoutMillis) throws IOException;

  /**
   * For a library that takes nothing else: puts mesh TLS over connected sockets, which shake hands
   * when the library says so, or first reads or writes. The limit of {@link #layer} holds for that,
   * and the socket's SO_TIMEOUT if it is shorter. The protocols to offer by ALPN are the library's
   * to set, and nothing else is.
   */
  public abstract SSLSocketFactory sslSocketFactory();
}

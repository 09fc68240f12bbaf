package dev.weft.bootstrap;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One listening port of a woven server. Safe for use by any thread. */
public interface Listener {
  /** What the first bytes of a connection are. */
  enum Sniff {
    /**
     * A TLS ClientHello that is not complete yet: read more, at most {@link #SNIFF_LIMIT} bytes.
     */
    NEED_MORE,
    /** Mesh TLS: go on with {@link Listener#serverEngine}. */
    MESH_TLS,
    /** Plaintext, or a TLS that is not the mesh's: hand the bytes to the server as they are. */
    NOT_OURS,
    /** This connection is not let in, and there is no way to say why: close it. */
    CLOSE
  }

  /** No more than this is ever peeked, in bytes. */
  int SNIFF_LIMIT = 16 * 1024;

  /**
   * Decides by the first bytes of a new connection.
   *
   * @param firstBytes from position to limit all bytes read so far, at least one; left unchanged
   */
  Sniff sniff(ByteBuffer firstBytes);

  /**
   * An engine for a connection found to be {@link Sniff#MESH_TLS}: server mode, TLS 1.3, client
   * certificate needed.
   *
   * @param hangUp ends the connection below the engine as if the peer had closed it, so that the
   *     server closes it in its own way; run by another thread, once the engine is closed, if the
   *     peer's certificate is revoked. Never throws. Kept weakly: the connection has to hold it
   * @param alpn protocols that the server speaks, in order of preference; none for no ALPN
   */
  SSLEngine serverEngine(Runnable hangUp, String... alpn);

  /**
   * Whether a request may reach the application. Asked for each request.
   *
   * @param session the mesh TLS session of its connection after the handshake; null for any other
   * @param head without {@link Reserved} fields
   * @return null to let it in, else what to answer (and then to close the connection)
   */
  @Nullable Refusal admit(@Nullable SSLSession session, Incoming head);

  /**
   * Who the caller is, for the application: the value of its field {@link
   * Reserved#CLIENT_CERTIFICATE}. Asked for each request that has been let in; an adapter that
   * fails to learn or to set it goes on without.
   *
   * @param session as in {@link #admit}
   * @return null, mostly, to set none
   */
  default @Nullable String clientCertificate(@Nullable SSLSession session) {
    return null;
  }

  /** Whether responses must tell clients that this connection will not be kept. */
  boolean draining();

  /** A request has been let in. To be paired with {@link #requestEnded}; draining waits for it. */
  void requestStarted();

  /** A request's response is complete, or its connection is gone. */
  void requestEnded();

  /**
   * What became of a request that had been let in; told once, before {@link #requestEnded}.
   *
   * @param session as in {@link #admit}
   * @param status of the response; 0 if there was none
   * @param nanos since it was let in
   */
  default void served(@Nullable SSLSession session, Incoming head, int status, long nanos) {}

  /** The server no longer accepts on this port. */
  void close();
}

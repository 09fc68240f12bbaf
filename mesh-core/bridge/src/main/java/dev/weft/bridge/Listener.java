package dev.weft.bridge;

import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** One listening port of a woven server. Nothing here throws. Safe for use by any thread. */
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
   * What stands between a new connection and the server, from its first byte to its end.
   *
   * @param below the server's channel; reads into the buffer that it is opened with, and into such
   *     as have an array
   * @param hangUp as for {@link #serverEngine}; the connection holds it
   * @param alpn as for {@link #serverEngine}
   * @return null if this is plaintext in any case
   */
  @Nullable Connection connection(ByteChannel below, Runnable hangUp, String... alpn);

  /**
   * Decides by the first bytes of a new connection. For those that cannot use {@link #connection}.
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
   * @return null if there can be none: the connection is to be closed
   */
  @Nullable SSLEngine serverEngine(Runnable hangUp, String... alpn);

  /**
   * A request has come in; decides whether it may reach the application.
   *
   * @param session the mesh TLS session of its connection after the handshake; null for any other
   * @param head as it was sent, {@link Reserved} fields included. They are to be taken off before
   *     the application sees it
   */
  Exchange begin(@Nullable SSLSession session, Incoming head);

  /** Whether responses must tell clients that this connection will not be kept. */
  boolean draining();

  /**
   * The server is at work on something for which draining is to wait, beside requests.
   *
   * @return to be run when that is over, once; never throws
   */
  Runnable working();

  /** The server no longer accepts on this port. */
  void close();
}

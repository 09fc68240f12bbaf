package dev.weft.runtime.tls;

import dev.weft.engine.inbound.Peer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who the certificate of a TLS session says the peer is. Asked for each request: the answer is kept
 * with the session. Only for sessions of engines and sockets of {@link MeshTls}, whose trust
 * manager has checked the certificate when the session was first made; on any other session the
 * answer means nothing.
 */
public final class PeerIdentity {
  private static final String KEY = "dev.weft.peer";

  /** What JSSE calls the protocol of a session before the handshake is over. */
  private static final String NO_HANDSHAKE = "NONE";

  private final @Nullable SpiffeId id;
  private final @Nullable Peer peer;
  private final long endMillis;

  private PeerIdentity(@Nullable SpiffeId id, long endMillis) {
    this.id = id;
    this.peer = id == null ? null : new Peer(id.trustDomain(), id.namespace(), id.service());
    this.endMillis = endMillis;
  }

  /** By the machine's clock. */
  public static @Nullable SpiffeId of(@Nullable SSLSession session) {
    return of(session, System.currentTimeMillis());
  }

  /**
   * Never throws.
   *
   * @param nowMillis wall-clock milliseconds
   * @return null if there is no session or no handshake yet, if the peer's certificate has no
   *     SPIFFE ID, or has ended
   */
  public static @Nullable SpiffeId of(@Nullable SSLSession session, long nowMillis) {
    PeerIdentity known = known(session, nowMillis);
    return known == null ? null : known.id;
  }

  /** As {@link #of}, in the form in which policy asks. */
  static @Nullable Peer peer(@Nullable SSLSession session, long nowMillis) {
    PeerIdentity known = known(session, nowMillis);
    return known == null ? null : known.peer;
  }

  /**
   * When the first certificate of the peer's chain ends, in wall-clock milliseconds; {@link
   * Long#MAX_VALUE} if it has shown none yet. Never throws.
   */
  static long endMillis(SSLSession session) {
    if (session.getProtocol().equals(NO_HANDSHAKE)) {
      return Long.MAX_VALUE; // without the price of an exception
    }
    PeerIdentity known = known(session, Long.MIN_VALUE);
    return known == null ? Long.MAX_VALUE : known.endMillis;
  }

  private static @Nullable PeerIdentity known(@Nullable SSLSession session, long nowMillis) {
    if (session == null) {
      return null;
    }
    try {
      Object kept = session.getValue(KEY);
      PeerIdentity peer = kept instanceof PeerIdentity known ? known : read(session);
      return nowMillis < peer.endMillis ? peer : null;
    } catch (SSLPeerUnverifiedException | RuntimeException e) {
      // No handshake yet, or a session of some other library: nobody we know.
      return null;
    }
  }

  private static PeerIdentity read(SSLSession session) throws SSLPeerUnverifiedException {
    Certificate[] chain = session.getPeerCertificates();
    PeerIdentity peer = new PeerIdentity(null, Long.MAX_VALUE);
    if (chain.length > 0 && chain[0] instanceof X509Certificate leaf) {
      peer = new PeerIdentity(SpiffeId.of(leaf), end(chain));
    }
    session.putValue(KEY, peer);
    return peer;
  }

  private static long end(Certificate[] chain) {
    long end = Long.MAX_VALUE;
    for (Certificate certificate : chain) {
      if (certificate instanceof X509Certificate one) {
        end = Math.min(end, one.getNotAfter().getTime());
      }
    }
    return end;
  }
}

package dev.weft.runtime.tls;

import dev.weft.engine.inbound.Peer;
import dev.weft.policy.SpiffeId;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
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

  private static final PeerIdentity NOBODY =
      new PeerIdentity(null, BigInteger.ZERO, new Lineage(0, 0), Long.MAX_VALUE);

  private final @Nullable SpiffeId id;
  private final @Nullable Peer peer;
  private final BigInteger serial;
  private final Lineage lineage;
  private final long endMillis;
  private volatile @Nullable String fingerprint;

  private PeerIdentity(@Nullable SpiffeId id, BigInteger serial, Lineage lineage, long endMillis) {
    this.id = id;
    this.peer = id == null ? null : new Peer(id.trustDomain(), id.namespace(), id.service());
    this.serial = serial;
    this.lineage = lineage;
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
    PeerIdentity shown = shown(session);
    return shown != null && nowMillis < shown.endMillis ? shown.id : null;
  }

  /**
   * What the peer has shown, whether it is to be believed now or not; null if it has shown nothing
   * yet. Never throws.
   */
  static @Nullable PeerIdentity shown(@Nullable SSLSession session) {
    if (session == null) {
      return null;
    }
    try {
      Object kept = session.getValue(KEY);
      return kept instanceof PeerIdentity known ? known : read(session);
    } catch (SSLPeerUnverifiedException | RuntimeException e) {
      // No handshake yet, or a session of some other library: nobody we know.
      return null;
    }
  }

  /** Null if the certificate has none. */
  @Nullable SpiffeId id() {
    return id;
  }

  /** The same in the form in which policy asks. */
  @Nullable Peer peer() {
    return peer;
  }

  /** When the first certificate that it rests on ends, in wall-clock milliseconds. */
  long endMillis() {
    return endMillis;
  }

  /**
   * SHA-256 of the certificate, in lower-case hexadecimal; made once a session.
   *
   * @param session the one that this was read from
   * @return null if the session has none
   */
  @Nullable String fingerprint(SSLSession session) {
    String known = fingerprint;
    if (known == null) {
      try {
        byte[] leaf = session.getPeerCertificates()[0].getEncoded();
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(leaf);
        known = HexFormat.of().formatHex(hash);
      } catch (SSLPeerUnverifiedException | GeneralSecurityException e) {
        return null;
      }
      fingerprint = known;
    }
    return known;
  }

  boolean isRevoked(Revocations revocations) {
    return !revocations.isEmpty() && revocations.contains(lineage, id);
  }

  boolean isOfTheSameCertificateAs(PeerIdentity other) {
    return serial.equals(other.serial);
  }

  private static PeerIdentity read(SSLSession session) throws SSLPeerUnverifiedException {
    Certificate[] chain = session.getPeerCertificates();
    PeerIdentity peer = NOBODY;
    if (chain.length > 0 && chain[0] instanceof X509Certificate leaf) {
      peer =
          new PeerIdentity(SpiffeId.of(leaf), leaf.getSerialNumber(), Lineage.of(leaf), end(chain));
    }
    session.putValue(KEY, peer);
    return peer;
  }

  /**
   * Up to the first root: nobody has looked at what a peer sends after that. (What leads from it to
   * an older root lasts longer than any service's certificate.)
   */
  private static long end(Certificate[] chain) {
    long end = Long.MAX_VALUE;
    for (Certificate certificate : chain) {
      if (certificate instanceof X509Certificate one) {
        if (one.getSubjectX500Principal().equals(one.getIssuerX500Principal())) {
          return end;
        }
        end = Math.min(end, one.getNotAfter().getTime());
      }
    }
    return end;
  }
}

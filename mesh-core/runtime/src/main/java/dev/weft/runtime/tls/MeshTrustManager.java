package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Believes peers of this mesh. Reads the roots at the time of the check, not those at the time the
 * connection was begun: a root that was taken away is gone for handshakes under way too.
 *
 * <p>A client also requires the ID of the service it called. A server lets everyone of the mesh in;
 * what they may do is decided for each request, because resumed sessions never come here.
 */
final class MeshTrustManager extends PeerTrustManager {
  private final MeshTls tls;
  private final @Nullable Set<SpiffeId> accepted;

  /**
   * @param accepted who the called service may be; null on the server side
   */
  MeshTrustManager(MeshTls tls, @Nullable Set<SpiffeId> accepted) {
    this.tls = tls;
    this.accepted = accepted;
  }

  @Override
  void checkServer(X509Certificate[] chain, String address) throws CertificateException {
    if (accepted == null) {
      throw new CertificateException("[weft: a server's TLS context was used by a client]");
    }
    SpiffeId peer = authenticate(chain, ChainVerifier.Role.SERVER, "the endpoint " + address);
    if (!accepted.contains(peer)) {
      tls.counters().peersRefused.increment();
      throw new CertificateException(wrongPeer(address, peer, accepted));
    }
  }

  @Override
  void checkClient(X509Certificate[] chain, String address) throws CertificateException {
    if (accepted != null) {
      throw new CertificateException("[weft: a client's TLS context was used by a server]");
    }
    authenticate(chain, ChainVerifier.Role.CLIENT, "the caller " + address);
  }

  private SpiffeId authenticate(X509Certificate[] chain, ChainVerifier.Role role, String who)
      throws CertificateException {
    MeshTls.Generation now = tls.generation();
    ChainVerifier verifier = now.verifier;
    Identity mine = now.identity;
    long nowMillis = tls.clock().millis();
    String unready = MeshTls.unready(now, nowMillis);
    if (unready != null || verifier == null || mine == null) {
      tls.counters().peersRefused.increment();
      throw new CertificateException("[weft: no mesh TLS with " + who + ": " + unready + "]");
    }
    try {
      SpiffeId peer = verifier.verify(chain, role, nowMillis);
      if (!peer.trustDomain().equals(mine.spiffeId().trustDomain())) {
        throw new CertificateException(
            "it is of the trust domain "
                + peer.trustDomain()
                + ", not of "
                + mine.spiffeId().trustDomain());
      }
      return peer;
    } catch (CertificateException e) {
      tls.counters().peersRefused.increment();
      throw new CertificateException(refusal(who, chain, e), e);
    }
  }

  /** What a person on call needs: who, what it showed, why not. */
  static String refusal(String who, X509Certificate @Nullable [] chain, CertificateException why) {
    return "[weft: "
        + who
        + (chain == null || chain.length == 0 ? "" : " (" + Certificates.describe(chain[0]) + ")")
        + " is not believed: "
        + why.getMessage()
        + "]";
  }

  static String wrongPeer(String address, @Nullable SpiffeId peer, Set<SpiffeId> accepted) {
    StringBuilder text = new StringBuilder(200);
    text.append("[weft: the endpoint ").append(address).append(" is ");
    text.append(peer == null ? "nobody any more (its certificate has ended)" : peer.toString());
    String separator = ", not ";
    for (SpiffeId id : accepted) {
      text.append(separator).append(id);
      separator = " or ";
    }
    return text.append(": its address may have been taken over]").toString();
  }
}

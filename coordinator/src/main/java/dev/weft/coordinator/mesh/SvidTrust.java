package dev.weft.coordinator.mesh;

import dev.weft.ca.GrantedAddresses;
import dev.weft.ca.Lineage;
import dev.weft.ca.Revocations;
import dev.weft.policy.SpiffeId;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Whose certificates the coordinator believes: chains that end in a root of the bundle and carry
 * exactly one URI, a SPIFFE ID of this trust domain. Chains that were checked once are remembered:
 * the handshake asks, the stream asks again (a resumed session has not asked), and neither pays
 * twice. Safe for use by any thread.
 */
final class SvidTrust extends X509ExtendedTrustManager {
  /**
   * A peer that was believed.
   *
   * @param serial of its certificate, in lower-case hexadecimal
   * @param lineage what it has in common with what it renews
   * @param root name of the root that it is of
   * @param addresses ranges that it grants its service, as it has them
   */
  record Peer(
      SpiffeId id,
      long expiryMillis,
      String serial,
      Lineage lineage,
      X500Principal root,
      List<String> addresses) {}

  private static final int MAX_CHAIN = 6;
  private static final int MAX_REMEMBERED = 20_000;
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private final Supplier<List<X509Certificate>> bundle;
  private final String trustDomain;
  private final Revocations revocations;
  private final Clock clock;

  private final Map<String, Peer> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Peer> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };
  private List<X509Certificate> rememberedUnder = List.of();

  SvidTrust(
      Supplier<List<X509Certificate>> bundle,
      String trustDomain,
      Revocations revocations,
      Clock clock) {
    this.bundle = bundle;
    this.revocations = revocations;
    this.trustDomain = trustDomain;
    this.clock = clock;
  }

  /**
   * Checks a chain, the leaf first.
   *
   * @throws CertificateException saying what is wrong with it
   */
  Peer verify(Certificate[] chain) throws CertificateException {
    Peer peer = believed(chain);
    if (revocations.contains(peer.id(), peer.lineage())) {
      throw new CertificateException(
          "certificate " + peer.serial() + " of " + peer.id() + " was revoked");
    }
    return peer;
  }

  private Peer believed(Certificate[] chain) throws CertificateException {
    if (chain.length == 0 || chain.length > MAX_CHAIN) {
      throw new CertificateException(
          "chain of " + chain.length + " certificates (expected: 1 to " + MAX_CHAIN + ")");
    }
    List<X509Certificate> roots = bundle.get();
    String fingerprint = fingerprint(chain);
    synchronized (remembered) {
      if (rememberedUnder != roots) {
        remembered.clear();
        rememberedUnder = roots;
      }
      Peer known = remembered.get(fingerprint);
      if (known != null && known.expiryMillis() > clock.millis()) {
        return known;
      }
    }
    Peer peer = validate(chain, roots);
    synchronized (remembered) {
      if (rememberedUnder == roots) {
        remembered.put(fingerprint, peer);
      }
    }
    return peer;
  }

  private Peer validate(Certificate[] chain, List<X509Certificate> roots)
      throws CertificateException {
    List<X509Certificate> path = new ArrayList<>();
    for (Certificate one : chain) {
      if (!(one instanceof X509Certificate certificate)) {
        throw new CertificateException("chain holds a " + one.getType() + " (expected: X.509)");
      }
      if (!path.isEmpty() && isRoot(certificate, roots)) {
        break; // PKIX wants the way to the root without the root
      }
      path.add(certificate);
    }
    X509Certificate leaf = path.get(0);
    X500Principal root = validatePath(path, roots);
    if (leaf.getBasicConstraints() >= 0) {
      throw new CertificateException("certificate is of a CA (expected: a leaf)");
    }
    List<String> purposes = leaf.getExtendedKeyUsage();
    if (purposes == null || !purposes.contains(CLIENT_AUTH)) {
      throw new CertificateException("certificate is not for clients (extendedKeyUsage)");
    }
    SpiffeId id = spiffeId(leaf);
    if (!id.trustDomain().equals(trustDomain)) {
      throw new CertificateException(
          "certificate of " + id + " (expected: trust domain " + trustDomain + ")");
    }
    long expiry = Long.MAX_VALUE;
    for (X509Certificate certificate : path) {
      expiry = Math.min(expiry, certificate.getNotAfter().getTime());
    }
    return new Peer(
        id,
        expiry,
        leaf.getSerialNumber().toString(16),
        Lineage.of(leaf.getSerialNumber(), leaf.getNotBefore().toInstant()),
        root,
        GrantedAddresses.of(leaf));
  }

  /** Also under the signature of the root before it, with which agents show it in a rotation. */
  private static boolean isRoot(X509Certificate certificate, List<X509Certificate> roots) {
    return roots.stream()
        .anyMatch(
            root ->
                root.getSubjectX500Principal().equals(certificate.getSubjectX500Principal())
                    && root.getPublicKey().equals(certificate.getPublicKey()));
  }

  private X500Principal validatePath(List<X509Certificate> path, List<X509Certificate> roots)
      throws CertificateException {
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate root : roots) {
      anchors.add(new TrustAnchor(root, null));
    }
    try {
      PKIXParameters parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false); // leaves live for a day
      parameters.setDate(new Date(clock.millis()));
      PKIXCertPathValidatorResult result =
          (PKIXCertPathValidatorResult)
              CertPathValidator.getInstance("PKIX")
                  .validate(
                      CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
      return result.getTrustAnchor().getTrustedCert().getSubjectX500Principal();
    } catch (CertPathValidatorException e) {
      throw new CertificateException(
          "certificate does not end in a root of this mesh, or is not valid now: " + e.getMessage(),
          e);
    } catch (GeneralSecurityException e) {
      throw new CertificateException("certificate cannot be checked: " + e.getMessage(), e);
    }
  }

  private static SpiffeId spiffeId(X509Certificate leaf) throws CertificateException {
    SpiffeId id = SpiffeId.of(leaf);
    if (id == null) {
      throw new CertificateException(
          "certificate without a SPIFFE ID, or with more URI names than that (expected: exactly one,"
              + " spiffe://<trust domain>/ns/<ns>/sa/<service>)");
    }
    return id;
  }

  private static String fingerprint(Certificate[] chain) throws CertificateException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Certificate certificate : chain) {
        digest.update(certificate.getEncoded()); // DER tells its own length
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (GeneralSecurityException e) {
      throw new CertificateException("certificate has no encoding", e);
    }
  }

  @Override
  public void checkClientTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    verify(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    verify(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    verify(chain);
  }

  @Override
  public void checkServerTrusted(
      X509Certificate[] chain, String authType, @Nullable SSLEngine engine)
      throws CertificateException {
    throw notAClient();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    throw notAClient();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notAClient();
  }

  private static CertificateException notAClient() {
    return new CertificateException("the mesh port connects to nobody");
  }

  /** None: clients have one certificate, and need no hint which. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}

package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who a chain of certificates is, by PKIX against one set of roots and then by SPIFFE.
 *
 * <p>Chains found good are remembered until they end, by a hash over all of their bytes: checking
 * two or three signatures costs more than the rest of a handshake, and the same few peers come back
 * all the time. The memory belongs to this object, so new roots begin with an empty one. Safe for
 * use by any thread.
 */
final class ChainVerifier {
  /** What the peer is in this handshake, and what its certificate must therefore allow. */
  enum Role {
    CLIENT,
    SERVER
  }

  /** Some 150 bytes each. */
  static final int CACHE_LIMIT = 4096;

  /**
   * Leaf, intermediate, root, and two for each of the three older roots that a coordinator may
   * still lead back to. With more than this nobody means well, and the JDK takes no more than ten.
   */
  static final int MAX_CHAIN = 9;

  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_USAGE = "2.5.29.37.0";
  private static final int DIGITAL_SIGNATURE = 0;

  private final TrustBundle bundle;
  private final TlsCounters counters;
  private final Cache cache = new Cache();

  ChainVerifier(TrustBundle bundle, TlsCounters counters) {
    this.bundle = bundle;
    this.counters = counters;
  }

  /**
   * @param chain leaf first, each signed by the next; roots may be among them or not: what follows
   *     the first that is believed is not looked at, and others lead nowhere
   * @throws CertificateException with the reason as a clause ("it …") for the person on call
   */
  SpiffeId verify(@Nullable X509Certificate @Nullable [] chain, Role role, long nowMillis)
      throws CertificateException {
    X509Certificate[] path = checked(chain);
    Fingerprint fingerprint = Fingerprint.of(path);
    Verified verified = cache.find(fingerprint, nowMillis);
    if (verified == null) {
      verified = verifyAfresh(path, nowMillis);
      requireRole(verified, role);
      cache.put(fingerprint, verified);
      counters.chainsVerified.increment();
    } else {
      requireRole(verified, role);
      counters.chainsFromCache.increment();
    }
    if (bundle.revocations().contains(path[0], verified.id)) {
      throw new CertificateException(
          "its certificate " + path[0].getSerialNumber().toString(16) + " was revoked");
    }
    return verified.id;
  }

  private static X509Certificate[] checked(@Nullable X509Certificate @Nullable [] chain)
      throws CertificateException {
    if (chain == null || chain.length == 0) {
      throw new CertificateException("it sent no certificate");
    }
    if (chain.length > MAX_CHAIN) {
      throw new CertificateException(
          "it sent " + chain.length + " certificates (expected: at most " + MAX_CHAIN + ")");
    }
    X509Certificate[] path = new X509Certificate[chain.length];
    for (int i = 0; i < path.length; i++) {
      X509Certificate certificate = chain[i];
      if (certificate == null) {
        throw new CertificateException("certificate " + i + " of its chain is missing");
      }
      path[i] = certificate;
    }
    return path;
  }

  private Verified verifyAfresh(X509Certificate[] chain, long nowMillis)
      throws CertificateException {
    X509Certificate leaf = chain[0];
    Date now = new Date(nowMillis);
    X509Certificate[] path = path(chain);
    for (X509Certificate certificate : path) {
      requireValid(certificate, now);
    }
    if (leaf.getBasicConstraints() >= 0) {
      throw new CertificateException("its certificate is an authority's, not a service's");
    }
    boolean[] usage = leaf.getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE]) {
      throw new CertificateException("its certificate may not sign handshakes (key usage)");
    }
    X509Certificate anchor = validate(path, now);
    // PKIX takes an anchor on trust, its dates included.
    requireValid(anchor, now);
    SpiffeId id = SpiffeId.of(leaf);
    if (id == null) {
      throw new CertificateException(
          "its certificate has no SPIFFE ID (expected: exactly one URI"
              + " spiffe://<trust domain>/ns/<ns>/sa/<service>)");
    }
    long end = anchor.getNotAfter().getTime();
    for (X509Certificate certificate : path) {
      end = Math.min(end, certificate.getNotAfter().getTime());
    }
    List<String> purposes = leaf.getExtendedKeyUsage();
    boolean any = purposes == null || purposes.contains(ANY_USAGE);
    return new Verified(
        id, end, any || purposes.contains(CLIENT_AUTH), any || purposes.contains(SERVER_AUTH));
  }

  /**
   * The way from the leaf to a root of ours, without that root, which PKIX must not be given again.
   * Roots that are not ours stand between a leaf and a root that has rotated: for those who know
   * them; for us, the next certificate says who they are. All that is left has to hold together,
   * which is PKIX's to check.
   */
  private X509Certificate[] path(X509Certificate[] chain) {
    List<X509Certificate> path = new ArrayList<>(chain.length);
    path.add(chain[0]);
    for (int i = 1; i < chain.length; i++) {
      X509Certificate one = chain[i];
      if (bundle.contains(one)) {
        break;
      }
      if (!one.getSubjectX500Principal().equals(one.getIssuerX500Principal())) {
        path.add(one);
      }
    }
    return path.toArray(new X509Certificate[0]);
  }

  private X509Certificate validate(X509Certificate[] path, Date now) throws CertificateException {
    try {
      PKIXParameters parameters = new PKIXParameters(bundle.anchors());
      // What was revoked is in the bundle; there are no lists to be fetched.
      parameters.setRevocationEnabled(false);
      parameters.setDate(now);
      Provider sun = Certificates.provider("SUN");
      CertPathValidator validator =
          sun == null
              ? CertPathValidator.getInstance("PKIX")
              : CertPathValidator.getInstance("PKIX", sun);
      CertPath certPath = Certificates.factory().generateCertPath(Arrays.asList(path));
      PKIXCertPathValidatorResult result =
          (PKIXCertPathValidatorResult) validator.validate(certPath, parameters);
      return result.getTrustAnchor().getTrustedCert();
    } catch (CertPathValidatorException e) {
      throw new CertificateException(
          "its certificate is not of this mesh's authority, or the chain is broken: "
              + e.getMessage(),
          e);
    } catch (GeneralSecurityException e) {
      throw new CertificateException("its chain cannot be checked: " + e.getMessage(), e);
    }
  }

  private static void requireValid(X509Certificate certificate, Date now)
      throws CertificateException {
    if (now.after(certificate.getNotAfter())) {
      throw new CertificateException(
          "the certificate "
              + certificate.getSerialNumber().toString(16)
              + " of its chain ended at "
              + certificate.getNotAfter().toInstant()
              + ", now it is "
              + now.toInstant());
    }
    if (now.before(certificate.getNotBefore())) {
      throw new CertificateException(
          "the certificate "
              + certificate.getSerialNumber().toString(16)
              + " of its chain begins at "
              + certificate.getNotBefore().toInstant()
              + ", now it is "
              + now.toInstant()
              + ": is one of the two clocks wrong?");
    }
  }

  private static void requireRole(Verified verified, Role role) throws CertificateException {
    if (role == Role.CLIENT ? !verified.asClient : !verified.asServer) {
      throw new CertificateException(
          "its certificate is not one for a TLS "
              + (role == Role.CLIENT ? "client" : "server")
              + " (extended key usage)");
    }
  }

  private record Verified(SpiffeId id, long endMillis, boolean asClient, boolean asServer) {}

  /** SHA-256 over the chain's certificates in their order; DER tells where each ends. */
  private static final class Fingerprint {
    private final byte[] hash;

    private Fingerprint(byte[] hash) {
      this.hash = hash;
    }

    static Fingerprint of(X509Certificate[] chain) throws CertificateException {
      MessageDigest sha256 = Certificates.sha256();
      for (X509Certificate certificate : chain) {
        sha256.update(certificate.getEncoded());
      }
      return new Fingerprint(sha256.digest());
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(hash);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Fingerprint that && Arrays.equals(hash, that.hash);
    }
  }

  /** Least recently used out first. A lock is enough: it is asked once a full handshake. */
  private static final class Cache {
    private final Map<Fingerprint, Verified> entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Fingerprint, Verified> eldest) {
            return size() > CACHE_LIMIT;
          }
        };

    synchronized @Nullable Verified find(Fingerprint fingerprint, long nowMillis) {
      Verified verified = entries.get(fingerprint);
      if (verified != null && nowMillis >= verified.endMillis) {
        entries.remove(fingerprint);
        return null;
      }
      return verified;
    }

    synchronized void put(Fingerprint fingerprint, Verified verified) {
      entries.put(fingerprint, verified);
    }
  }
}

package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the JDK does not give in one call. Stateless. */
final class Certificates {
  /** Far above a leaf of ours (about 600 bytes), far below what would hurt. */
  private static final int MAX_BYTES = 16 * 1024;

  private Certificates() {}

  /**
   * The JDK's own provider, asked for by name: an application that puts another one first (Bouncy
   * Castle, a FIPS module) must not change what the mesh accepts. Null if it was removed; then the
   * application's choice is all there is.
   */
  static @Nullable Provider provider(String name) {
    return Security.getProvider(name);
  }

  static CertificateFactory factory() throws CertificateException {
    Provider sun = provider("SUN");
    return sun == null
        ? CertificateFactory.getInstance("X.509")
        : CertificateFactory.getInstance("X.509", sun);
  }

  /**
   * @param what names the list in errors, such as {@code chain}
   * @param max most certificates allowed
   */
  static X509Certificate[] parse(String what, List<byte[]> der, int max)
      throws CertificateException {
    if (der.isEmpty() || der.size() > max) {
      throw new CertificateException(
          what + ": " + der.size() + " certificates (expected: 1 to " + max + ")");
    }
    CertificateFactory factory = factory();
    X509Certificate[] certificates = new X509Certificate[der.size()];
    for (int i = 0; i < certificates.length; i++) {
      byte[] bytes = der.get(i);
      if (bytes.length > MAX_BYTES) {
        throw new CertificateException(
            what + "[" + i + "]: " + bytes.length + " bytes (expected: <= " + MAX_BYTES + ")");
      }
      try {
        certificates[i] =
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes));
      } catch (CertificateException e) {
        throw new CertificateException(
            what + "[" + i + "] is not an X.509 certificate in DER: " + e.getMessage(), e);
      }
    }
    return certificates;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Whether a certificate names itself as its issuer and its own key has signed it. */
  static boolean isSelfSigned(X509Certificate certificate) {
    if (!certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
      return false;
    }
    try {
      certificate.verify(certificate.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** One line that lets a person find a certificate again. */
  static String describe(X509Certificate certificate) {
    SpiffeId id = SpiffeId.of(certificate);
    return (id == null ? "no SPIFFE ID, " + certificate.getSubjectX500Principal() : id.toString())
        + ", serial "
        + certificate.getSerialNumber().toString(16)
        + ", issued by "
        + certificate.getIssuerX500Principal().getName();
  }
}

package dev.weft.runtime.tls;

import dev.weft.wire.Revoked;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** The roots that this mesh believes, and what of theirs it does not. Immutable. */
public final class TrustBundle {
  /** Two while the root rotates; the rest is room. */
  private static final int MAX_ROOTS = 16;

  private final long generation;
  private final X509Certificate[] roots;
  private final Set<TrustAnchor> anchors;
  private final Revocations revocations;

  private TrustBundle(long generation, X509Certificate[] roots, Revocations revocations) {
    this.generation = generation;
    this.roots = roots;
    this.revocations = revocations;
    Set<TrustAnchor> set = new HashSet<>();
    for (X509Certificate root : roots) {
      set.add(new TrustAnchor(root, null));
    }
    this.anchors = set;
  }

  /** As {@link #of(long, List, List)}, with nothing revoked. */
  public static TrustBundle of(long generation, List<byte[]> roots) throws CertificateException {
    return of(generation, roots, List.of());
  }

  /**
   * Reads a list of roots, and of what was revoked.
   *
   * @param generation the caller's number for it; in logs only
   * @param roots DER; 1 to 16
   * @param revoked at most {@link Revoked#MAX}
   * @throws CertificateException if one cannot be read or is not a certificate authority's
   */
  public static TrustBundle of(long generation, List<byte[]> roots, List<Revoked> revoked)
      throws CertificateException {
    X509Certificate[] certificates = Certificates.parse("bundle", roots, MAX_ROOTS);
    for (int i = 0; i < certificates.length; i++) {
      if (certificates[i].getBasicConstraints() < 0) {
        throw new CertificateException(
            "bundle["
                + i
                + "] ("
                + Certificates.describe(certificates[i])
                + ") is not the certificate of an authority (expected: basic constraints CA=true)");
      }
    }
    return new TrustBundle(generation, certificates, Revocations.of(revoked));
  }

  public long generation() {
    return generation;
  }

  /** A copy. */
  public X509Certificate[] roots() {
    return roots.clone();
  }

  /** Not to be changed. */
  Set<TrustAnchor> anchors() {
    return anchors;
  }

  /**
   * Whether this is one of the roots, or the same name and key under another's signature: while the
   * root rotates, the old one signs the new one, for those who do not know it yet.
   */
  boolean contains(X509Certificate certificate) {
    for (X509Certificate root : roots) {
      if (root.getSubjectX500Principal().equals(certificate.getSubjectX500Principal())
          && root.getPublicKey().equals(certificate.getPublicKey())) {
        return true;
      }
    }
    return false;
  }

  /** SHA-256 of each root's certificate, lower-case hexadecimal. */
  public List<String> fingerprints() {
    List<String> all = new ArrayList<>();
    try {
      for (X509Certificate root : roots) {
        all.add(HexFormat.of().formatHex(Certificates.sha256().digest(root.getEncoded())));
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was just read has its encoding", e);
    }
    return all;
  }

  Revocations revocations() {
    return revocations;
  }

  /** Whether both believe the same roots, in whatever order, and all else that is the same. */
  boolean saysTheSameAs(TrustBundle other) {
    Set<X509Certificate> mine = new HashSet<>(Arrays.asList(roots));
    return mine.equals(new HashSet<>(Arrays.asList(other.roots)))
        && revocations.all().equals(other.revocations.all());
  }

  @Override
  public String toString() {
    return roots.length
        + " roots (generation "
        + generation
        + (revocations.isEmpty() ? "" : ", " + revocations.all().size() + " revocations")
        + ")";
  }
}

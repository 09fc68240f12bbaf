package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * One version of what this process is: a private key and the certificate chain that goes with it.
 * Immutable. The key never leaves this object but into the JDK's TLS.
 */
public final class Identity {
  /** More would be believed by nobody. */
  private static final int MAX_CHAIN = ChainVerifier.MAX_CHAIN;

  private final long version;
  private final PrivateKey key;
  private final X509Certificate[] chain;
  private final SpiffeId spiffeId;
  private final Instant notBefore;
  private final Instant notAfter;
  private final long notAfterMillis;

  private Identity(long version, PrivateKey key, X509Certificate[] chain, SpiffeId spiffeId) {
    this.version = version;
    this.key = key;
    this.chain = chain;
    this.spiffeId = spiffeId;
    this.notBefore = chain[0].getNotBefore().toInstant();
    Instant end = chain[0].getNotAfter().toInstant();
    for (X509Certificate issuer : chain) {
      Instant issuerEnd = issuer.getNotAfter().toInstant();
      if (issuerEnd.isBefore(end)) {
        end = issuerEnd;
      }
    }
    this.notAfter = end;
    this.notAfterMillis = end.toEpochMilli();
  }

  /**
   * Reads a certificate that was issued.
   *
   * @param version the caller's number for it; in logs only
   * @param keys the pair that the certificate was asked for with
   * @param chain DER, leaf first; 1 to 9
   * @throws CertificateException if the chain cannot be read, is not for {@code keys}, or its leaf
   *     has no SPIFFE ID
   */
  public static Identity of(long version, KeyPair keys, List<byte[]> chain)
      throws CertificateException {
    X509Certificate[] certificates = Certificates.parse("chain", chain, MAX_CHAIN);
    if (!certificates[0].getPublicKey().equals(keys.getPublic())) {
      throw new CertificateException(
          "chain[0] ("
              + Certificates.describe(certificates[0])
              + ") is for another key than the one it was asked for with");
    }
    SpiffeId id = SpiffeId.of(certificates[0]);
    if (id == null) {
      throw new CertificateException(
          "chain[0] ("
              + Certificates.describe(certificates[0])
              + ") has no SPIFFE ID (expected: one URI spiffe://<trust domain>/ns/<ns>/sa/<service>"
              + " among its subject alternative names)");
    }
    return new Identity(version, keys.getPrivate(), certificates, id);
  }

  /**
   * Whether a chain is the answer to a request with this pair.
   *
   * @param chain as before
   * @throws CertificateException if it cannot be read
   */
  public static boolean isFor(KeyPair keys, List<byte[]> chain) throws CertificateException {
    return Certificates.parse("chain", chain, MAX_CHAIN)[0].getPublicKey().equals(keys.getPublic());
  }

  public long version() {
    return version;
  }

  public SpiffeId spiffeId() {
    return spiffeId;
  }

  /** The leaf. */
  public X509Certificate certificate() {
    return chain[0];
  }

  /** Leaf first; a copy. */
  public X509Certificate[] chain() {
    return chain.clone();
  }

  /** For storing it ({@code weft.identity.store=file}) and for the key manager. */
  public PrivateKey key() {
    return key;
  }

  public Instant notBefore() {
    return notBefore;
  }

  /** When the first certificate of the chain ends; nobody believes this identity any more then. */
  public Instant notAfter() {
    return notAfter;
  }

  long notAfterMillis() {
    return notAfterMillis;
  }

  @Override
  public String toString() {
    return spiffeId + " (version " + version + ", until " + notAfter + ")";
  }
}

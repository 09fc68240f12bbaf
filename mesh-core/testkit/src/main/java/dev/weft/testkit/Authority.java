package dev.weft.testkit;

import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.Keys;
import dev.weft.runtime.tls.TrustBundle;
import dev.weft.wire.Revoked;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A root of its own, and certificates under it as a coordinator issues them: one SPIFFE ID, EC
 * P-256, a day long. For tests that need the real mesh TLS; {@link Identities} serves the rest.
 */
public final class Authority {
  /** How long a certificate is good for unless said otherwise. */
  public static final Duration LIFE = Duration.ofHours(24);

  private static final Duration ROOT_LIFE = Duration.ofDays(3650);
  private static final AtomicLong VERSION = new AtomicLong();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X500Name name;
  private final KeyPair keys = Keys.newKeyPair();
  private final X509Certificate root;

  public Authority(String name) {
    this.name = new X500Name("CN=" + name);
    Instant now = Instant.now();
    this.root =
        sign(
            new Certificate(
                this.name, keys.getPublic(), now.minusSeconds(120), now.plus(ROOT_LIFE), null));
  }

  /** A service of the default namespace, from two minutes ago for a day. */
  public Identity issue(String service) {
    Instant now = Instant.now();
    return issue(Identities.spiffeId(service), now.minusSeconds(120), now.plus(LIFE));
  }

  /** Anybody, at any time. */
  public Identity issue(String spiffeId, Instant begin, Instant end) {
    KeyPair pair = Keys.newKeyPair();
    X509Certificate leaf =
        sign(new Certificate(new X500Name(new RDN[0]), pair.getPublic(), begin, end, spiffeId));
    try {
      return Identity.of(VERSION.incrementAndGet(), pair, List.of(leaf.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot read what was just issued", e);
    }
  }

  /** This root alone, but for what was revoked. */
  public TrustBundle bundle(Revoked... revoked) {
    return bundle(List.of(revoked), this);
  }

  /** Several roots, as while one follows the other. */
  public static TrustBundle bundle(List<Revoked> revoked, Authority... authorities) {
    try {
      List<byte[]> roots = new ArrayList<>();
      for (Authority authority : authorities) {
        roots.add(authority.root.getEncoded());
      }
      return TrustBundle.of(VERSION.incrementAndGet(), roots, revoked);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a bundle", e);
    }
  }

  /**
   * @param spiffeId null of an authority
   */
  private record Certificate(
      X500Name subject, PublicKey key, Instant begin, Instant end, @Nullable String spiffeId) {}

  private X509Certificate sign(Certificate what) {
    boolean leaf = what.spiffeId() != null;
    PrivateKey signer = keys.getPrivate();
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger(127, RANDOM).add(BigInteger.ONE),
              Date.from(what.begin()),
              Date.from(what.end()),
              what.subject(),
              what.key());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(!leaf));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(leaf ? KeyUsage.digitalSignature : KeyUsage.keyCertSign));
      if (leaf) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            true,
            new GeneralNames(
                new GeneralName(GeneralName.uniformResourceIdentifier, what.spiffeId())));
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer)));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException("cannot sign", e);
    }
  }
}

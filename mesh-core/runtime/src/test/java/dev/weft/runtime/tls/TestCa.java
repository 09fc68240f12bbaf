package dev.weft.runtime.tls;

import dev.weft.policy.JoinToken;
import dev.weft.policy.SpiffeId;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A root, an intermediate under it, and leaves under that, as the coordinator's authority has. */
final class TestCa {
  static final Duration LEAF_LIFE = Duration.ofHours(24);

  private static final AtomicLong SERIAL = new AtomicLong(1000);
  private static final AtomicLong VERSION = new AtomicLong();

  final KeyPair rootKeys = Keys.newKeyPair();
  final KeyPair intermediateKeys = Keys.newKeyPair();
  final X509Certificate root;
  final X509Certificate intermediate;
  private final Instant now;

  TestCa(String name, Instant now) {
    this(name, now, Duration.ofDays(3650), Duration.ofDays(365));
  }

  TestCa(String name, Instant now, Duration rootLife, Duration intermediateLife) {
    this.now = now;
    X500Name rootName = new X500Name("CN=" + name + " root");
    root =
        new Cert(rootName, rootKeys.getPublic())
            .ca()
            .life(rootLife)
            .issue(rootName, rootKeys.getPrivate());
    intermediate =
        new Cert(new X500Name("CN=" + name + " issuing"), intermediateKeys.getPublic())
            .ca()
            .life(intermediateLife)
            .issue(rootName, rootKeys.getPrivate());
  }

  /** Another authority's root, signed by this one's, as when that one follows this one. */
  X509Certificate cross(TestCa next) {
    return new Cert(
            X500Name.getInstance(next.root.getSubjectX500Principal().getEncoded()),
            next.rootKeys.getPublic())
        .ca()
        .life(Duration.ofDays(365))
        .issue(
            X500Name.getInstance(root.getSubjectX500Principal().getEncoded()),
            rootKeys.getPrivate());
  }

  /** A certificate to be; valid from two minutes ago. */
  final class Cert {
    private final X500Name subject;
    private final PublicKey key;
    private final List<GeneralName> names = new ArrayList<>();
    private boolean ca;
    private int usage = KeyUsage.digitalSignature;
    private List<KeyPurposeId> purposes = List.of();
    private Instant begin = now.minusSeconds(120);
    private Instant end = now.plus(LEAF_LIFE);
    private BigInteger serial = BigInteger.valueOf(SERIAL.incrementAndGet());

    Cert(X500Name subject, PublicKey key) {
      this.subject = subject;
      this.key = key;
    }

    Cert ca() {
      ca = true;
      usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
      return this;
    }

    Cert usage(int bits) {
      usage = bits;
      return this;
    }

    Cert purposes(KeyPurposeId... ids) {
      purposes = List.of(ids);
      return this;
    }

    Cert uri(String uri) {
      names.add(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
      return this;
    }

    Cert dns(String name) {
      names.add(new GeneralName(GeneralName.dNSName, name));
      return this;
    }

    Cert life(Duration life) {
      end = now.plus(life);
      return this;
    }

    Cert serial(String hexadecimal) {
      serial = new BigInteger(hexadecimal, 16);
      return this;
    }

    Cert from(Instant instant) {
      begin = instant;
      return this;
    }

    X509Certificate issue() {
      return issue(
          X500Name.getInstance(intermediate.getSubjectX500Principal().getEncoded()),
          intermediateKeys.getPrivate());
    }

    X509Certificate issue(X500Name issuer, PrivateKey signer) {
      try {
        X509v3CertificateBuilder builder =
            new JcaX509v3CertificateBuilder(
                issuer, serial, Date.from(begin), Date.from(end), subject, key);
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        if (!names.isEmpty()) {
          builder.addExtension(
              Extension.subjectAlternativeName,
              subject.getRDNs().length == 0,
              new GeneralNames(names.toArray(new GeneralName[0])));
        }
        if (!purposes.isEmpty()) {
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(purposes.toArray(new KeyPurposeId[0])));
        }
        return new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer)));
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  /** As the coordinator issues it: no subject, one URI, both purposes. */
  Cert leaf(PublicKey key, SpiffeId id) {
    return new Cert(new X500Name(new org.bouncycastle.asn1.x500.RDN[0]), key)
        .uri(id.toString())
        .purposes(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
  }

  Identity identity(SpiffeId id) {
    KeyPair keys = Keys.newKeyPair();
    return identity(keys, leaf(keys.getPublic(), id).issue());
  }

  /** With the intermediate, without the root. */
  Identity identity(KeyPair keys, X509Certificate leaf) {
    return identity(keys, leaf, intermediate);
  }

  static Identity identity(KeyPair keys, X509Certificate... chain) {
    try {
      return Identity.of(VERSION.incrementAndGet(), keys, der(chain));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static List<byte[]> der(X509Certificate... certificates) {
    try {
      List<byte[]> der = new ArrayList<>();
      for (X509Certificate certificate : certificates) {
        der.add(certificate.getEncoded());
      }
      return der;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  static TrustBundle bundle(TestCa... authorities) {
    try {
      List<byte[]> roots = new ArrayList<>();
      for (TestCa authority : authorities) {
        roots.add(authority.root.getEncoded());
      }
      return TrustBundle.of(VERSION.incrementAndGet(), roots);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A token that pins this authority's root. */
  JoinToken token() {
    byte[] hash = Certificates.sha256().digest(root.getPublicKey().getEncoded());
    return JoinToken.parse(
        "weft1."
            + Base64.getUrlEncoder().withoutPadding().encodeToString(hash)
            + ".t-1.0123456789abcdef0123456789abcdef");
  }
}

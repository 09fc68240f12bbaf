package dev.weft.ca;

import dev.weft.policy.SpiffeId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes the four kinds of certificates there are. Keys are EC P-256, signatures SHA-256. */
final class Certificates {
  /** A certificate and its key. */
  record Signer(X509Certificate certificate, PrivateKey key) {}

  private final SecureRandom random;

  Certificates(SecureRandom random) {
    this.random = random;
  }

  KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new CaException("EC P-256 is not available: see jdk.disabled.namedCurves", e);
    }
  }

  Signer root(String trustDomain, Instant notBefore, Instant notAfter) {
    KeyPair pair = newKey();
    X500Name name = name(trustDomain, "Weft root " + id(pair.getPublic()));
    try {
      X509v3CertificateBuilder builder = builder(name, name, notBefore, notAfter, pair.getPublic());
      // No limit on the length of the path: a rotation cross-signs the next root with this one.
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      return new Signer(
          authority(builder, trustDomain, pair.getPublic(), pair.getPublic(), pair.getPrivate()),
          pair.getPrivate());
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot make a root certificate", e);
    }
  }

  /** Another root's name and key, signed by this one; ends with whichever ends first. */
  X509Certificate cross(String trustDomain, X509Certificate root, Signer by) {
    Instant start =
        later(root.getNotBefore().toInstant(), by.certificate().getNotBefore().toInstant());
    Instant ends = root.getNotAfter().toInstant();
    Instant byEnds = by.certificate().getNotAfter().toInstant();
    try {
      X509v3CertificateBuilder builder =
          builder(
              subjectOf(by),
              X500Name.getInstance(root.getSubjectX500Principal().getEncoded()),
              start,
              ends.isBefore(byEnds) ? ends : byEnds,
              root.getPublicKey());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      return authority(
          builder, trustDomain, root.getPublicKey(), by.certificate().getPublicKey(), by.key());
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot sign the next root with this one", e);
    }
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  Signer intermediate(String trustDomain, Signer root, Instant notBefore, Instant notAfter) {
    KeyPair pair = newKey();
    X500Name name = name(trustDomain, "Weft intermediate " + id(pair.getPublic()));
    try {
      X509v3CertificateBuilder builder =
          builder(subjectOf(root), name, notBefore, notAfter, pair.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      return new Signer(
          authority(
              builder,
              trustDomain,
              pair.getPublic(),
              root.certificate().getPublicKey(),
              root.key()),
          pair.getPrivate());
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot make an intermediate certificate", e);
    }
  }

  X509Certificate leaf(
      SpiffeId id,
      List<String> addresses,
      PublicKey key,
      Signer signer,
      BigInteger serial,
      Instant notBefore,
      Instant notAfter) {
    try {
      // The subject says nothing that a verifier could take for a host name.
      X500Name subject = new X500NameBuilder().addRDN(BCStyle.O, id.trustDomain()).build();
      X509v3CertificateBuilder builder =
          builder(subjectOf(signer), serial, subject, notBefore, notAfter, key);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      builder.addExtension(Extension.subjectAlternativeName, false, uri(id.uri()));
      if (!addresses.isEmpty()) {
        builder.addExtension(GrantedAddresses.OID, false, GrantedAddresses.encode(addresses));
      }
      addKeyIds(builder, key, signer.certificate().getPublicKey());
      return sign(builder, signer.key());
    } catch (IOException | GeneralSecurityException e) {
      throw new CaException("cannot make a certificate for " + id, e);
    }
  }

  /** The name of a key in the authority's state. */
  static String id(PublicKey key) {
    return HexFormat.of().formatHex(spkiHash(key)).substring(0, 16);
  }

  static byte[] spkiHash(PublicKey key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static X509Certificate read(byte[] der) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new CaException("the authority's state holds an unreadable certificate", e);
    }
  }

  static PrivateKey readKey(byte[] pkcs8) {
    try {
      return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new CaException("the authority's state holds an unreadable key", e);
    }
  }

  private X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, Instant notBefore, Instant notAfter, PublicKey key) {
    return builder(issuer, serial(), subject, notBefore, notAfter, key);
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer,
      BigInteger serial,
      X500Name subject,
      Instant notBefore,
      Instant notAfter,
      PublicKey key) {
    return new JcaX509v3CertificateBuilder(
        issuer, serial, Date.from(notBefore), Date.from(notAfter), subject, key);
  }

  private X509Certificate authority(
      X509v3CertificateBuilder builder,
      String trustDomain,
      PublicKey key,
      PublicKey issuerKey,
      PrivateKey issuer)
      throws IOException, GeneralSecurityException {
    builder.addExtension(
        Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    builder.addExtension(Extension.subjectAlternativeName, false, uri("spiffe://" + trustDomain));
    addKeyIds(builder, key, issuerKey);
    return sign(builder, issuer);
  }

  private static void addKeyIds(
      X509v3CertificateBuilder builder, PublicKey key, PublicKey issuerKey)
      throws IOException, GeneralSecurityException {
    JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
    builder.addExtension(
        Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key));
    builder.addExtension(
        Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(issuerKey));
  }

  private X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws IOException {
    try {
      return read(
          builder
              .build(
                  new JcaContentSignerBuilder("SHA256withECDSA").setSecureRandom(random).build(key))
              .getEncoded());
    } catch (OperatorCreationException e) {
      throw new CaException("cannot sign with EC P-256", e);
    }
  }

  /** 128 random bits; not zero, which RFC 5280 forbids. */
  private BigInteger serial() {
    BigInteger serial;
    do {
      serial = new BigInteger(128, random);
    } while (serial.signum() == 0);
    return serial;
  }

  private static GeneralNames uri(String uri) {
    return new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
  }

  private static X500Name name(String trustDomain, String commonName) {
    return new X500NameBuilder()
        .addRDN(BCStyle.O, trustDomain)
        .addRDN(BCStyle.CN, commonName)
        .build();
  }

  /** The very bytes of the subject: an issuer that is encoded in another way would not chain. */
  private static X500Name subjectOf(Signer signer) {
    return X500Name.getInstance(signer.certificate().getSubjectX500Principal().getEncoded());
  }
}

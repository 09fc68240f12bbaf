package dev.weft.perf;

import com.example.perf.TlsFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Certificates as somebody would have them who does mutual TLS without a mesh, of the mesh's own
 * kind: EC P-256, a root, one intermediate, a leaf.
 */
final class HandmadeCertificates {
  private static final Duration LIFE = Duration.ofDays(1);
  private static final int SIGN_CERTIFICATES = KeyUsage.keyCertSign | KeyUsage.cRLSign;

  private final SecureRandom random = new SecureRandom();
  private final Instant now;

  private HandmadeCertificates(Instant now) {
    this.now = now;
  }

  /** A certificate and its key. */
  private record Holder(KeyPair key, X509Certificate certificate) {}

  /** Writes all that {@link TlsFiles} names into {@code folder}, for a server on 127.0.0.1. */
  static TlsFiles write(Path folder, Instant now) throws IOException {
    TlsFiles files = new TlsFiles(folder);
    HandmadeCertificates make = new HandmadeCertificates(now);
    try {
      Holder root = make.certificate("perf root", null, null);
      Holder intermediate = make.certificate("perf intermediate", root, null);
      Holder server = make.leaf("server", intermediate);
      make.store(files.server(), server, intermediate);
      pem(files.serverPem(), server.key().getPrivate(), server, intermediate);
      Holder client = make.leaf("client", intermediate);
      make.store(files.client(), client, intermediate);
      pem(files.clientPem(), client.key().getPrivate(), client, intermediate);
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry("root", root.certificate());
      save(trust, files.trust());
      pem(files.trustPem(), null, root);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("certificates could not be made: " + e, e);
    }
    return files;
  }

  private Holder leaf(String name, Holder issuer)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    return certificate(
        name,
        issuer,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
              new GeneralName(GeneralName.dNSName, "localhost")
            }));
  }

  /**
   * @param issuer null for one that signs itself
   * @param names null for an authority
   */
  private Holder certificate(String name, @Nullable Holder issuer, @Nullable GeneralNames names)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    KeyPair key = generator.generateKeyPair();
    X500Name subject = new X500Name("CN=" + name);
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer == null
                ? subject
                : X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded()),
            new BigInteger(127, random),
            Date.from(now.minus(Duration.ofMinutes(2))),
            Date.from(now.plus(LIFE)),
            subject,
            key.getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(names == null));
    builder.addExtension(
        Extension.keyUsage,
        true,
        new KeyUsage(names == null ? SIGN_CERTIFICATES : KeyUsage.digitalSignature));
    if (names != null) {
      builder.addExtension(Extension.subjectAlternativeName, false, names);
    }
    KeyPair signer = issuer == null ? key : issuer.key();
    return new Holder(
        key,
        new JcaX509CertificateConverter()
            .getCertificate(
                builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()))));
  }

  private void store(Path file, Holder leaf, Holder intermediate)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "key",
        leaf.key().getPrivate(),
        TlsFiles.PASSWORD.toCharArray(),
        new Certificate[] {leaf.certificate(), intermediate.certificate()});
    save(store, file);
  }

  private static void pem(Path file, @Nullable PrivateKey key, Holder... chain) throws IOException {
    try (JcaPEMWriter out =
        new JcaPEMWriter(Files.newBufferedWriter(file, StandardCharsets.US_ASCII))) {
      if (key != null) {
        out.writeObject(new JcaPKCS8Generator(key, null));
      }
      for (Holder holder : chain) {
        out.writeObject(holder.certificate());
      }
    }
  }

  private static void save(KeyStore store, Path file) throws GeneralSecurityException, IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, TlsFiles.PASSWORD.toCharArray());
    }
  }
}

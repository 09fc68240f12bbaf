package dev.weft.ca;

import dev.weft.policy.SpiffeId;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * A PKCS#10 request that passed every check. All that is taken from it is the public key: a name in
 * it is never copied, but one that contradicts the grant refuses the whole, for who asks for more
 * than is theirs is wrong or hostile and should be seen.
 */
final class SigningRequest {
  /** An honest request has about 400 bytes. */
  static final int MAX_LENGTH = 4096;

  private static final Set<ASN1ObjectIdentifier> SIGNATURES =
      Set.of(
          X9ObjectIdentifiers.ecdsa_with_SHA256,
          X9ObjectIdentifiers.ecdsa_with_SHA384,
          X9ObjectIdentifiers.ecdsa_with_SHA512);

  private SigningRequest() {}

  /**
   * Checks a request for a certificate of {@code granted}.
   *
   * @param der the whole request and nothing after it
   * @return the key to certify, EC P-256
   */
  static PublicKey check(byte[] der, SpiffeId granted) throws CsrRefused {
    if (der.length > MAX_LENGTH) {
      throw new CsrRefused(
          "request of " + der.length + " bytes (expected: at most " + MAX_LENGTH + ")");
    }
    try {
      PKCS10CertificationRequest request = new PKCS10CertificationRequest(der);
      PublicKey key = p256(request.getSubjectPublicKeyInfo());
      requireSignature(request, key);
      for (Attribute attribute : request.getAttributes()) {
        if (attribute.getAttrType().equals(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest)) {
          for (ASN1Encodable value : attribute.getAttrValues()) {
            check(Extensions.getInstance(value), granted);
          }
        }
      }
      return key;
    } catch (IOException | PKCSException | RuntimeException | StackOverflowError e) {
      // The parser's ways to say that its input is malformed, very deep nesting included.
      throw new CsrRefused("not a PKCS#10 request: " + e.getMessage(), e);
    }
  }

  private static PublicKey p256(SubjectPublicKeyInfo info) throws CsrRefused, IOException {
    ASN1ObjectIdentifier algorithm = info.getAlgorithm().getAlgorithm();
    if (!algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      String name =
          algorithm.equals(PKCSObjectIdentifiers.rsaEncryption) ? "RSA" : algorithm.getId();
      throw new CsrRefused("key: " + name + " (expected: EC P-256)");
    }
    ASN1Encodable curve = info.getAlgorithm().getParameters();
    if (!SECObjectIdentifiers.secp256r1.equals(curve)) {
      throw new CsrRefused("key: EC of curve " + curveName(curve) + " (expected: EC P-256)");
    }
    try {
      PublicKeyFactory.createKey(info); // refuses a point that is not on the curve
      return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(info.getEncoded()));
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new CsrRefused("key: not a point of P-256", e);
    }
  }

  private static String curveName(ASN1Encodable curve) {
    return curve instanceof ASN1ObjectIdentifier id ? id.getId() : "its own parameters";
  }

  private static void requireSignature(PKCS10CertificationRequest request, PublicKey key)
      throws CsrRefused, PKCSException {
    ASN1ObjectIdentifier algorithm = request.getSignatureAlgorithm().getAlgorithm();
    if (!SIGNATURES.contains(algorithm)) {
      throw new CsrRefused(
          "signature: algorithm " + algorithm.getId() + " (expected: ECDSA with SHA-256)");
    }
    try {
      if (request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        return;
      }
    } catch (OperatorCreationException | PKCSException e) {
      throw new CsrRefused("signature: not by the key of the request", e);
    }
    throw new CsrRefused("signature: not by the key of the request");
  }

  private static void check(Extensions wanted, SpiffeId granted) throws CsrRefused {
    BasicConstraints constraints = BasicConstraints.fromExtensions(wanted);
    if (constraints != null && constraints.isCA()) {
      throw new CsrRefused("basicConstraints: asks for a CA (expected: no CA bit)");
    }
    KeyUsage usage = KeyUsage.fromExtensions(wanted);
    if (usage != null
        && (usage.hasUsages(KeyUsage.keyCertSign) || usage.hasUsages(KeyUsage.cRLSign))) {
      throw new CsrRefused("keyUsage: asks to sign certificates or CRLs (expected: neither)");
    }
    GeneralNames names = GeneralNames.fromExtensions(wanted, Extension.subjectAlternativeName);
    List<String> uris = new ArrayList<>();
    if (names != null) {
      for (GeneralName name : names.getNames()) {
        if (name.getTagNo() == GeneralName.uniformResourceIdentifier) {
          uris.add(name.getName().toString());
        }
      }
    }
    if (uris.size() > 1) {
      throw new CsrRefused(
          "subjectAltName: " + uris.size() + " URIs (expected: at most one, " + granted + ")");
    }
    if (!uris.isEmpty() && !uris.get(0).equals(granted.uri())) {
      throw new CsrRefused(
          "subjectAltName: " + shortened(uris.get(0)) + " (expected: " + granted + ")");
    }
  }

  private static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "…";
  }
}

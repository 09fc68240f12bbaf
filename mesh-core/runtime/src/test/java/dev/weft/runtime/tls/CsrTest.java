package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.junit.jupiter.api.Test;

class CsrTest {
  @Test
  void anotherImplementationReadsTheRequestAndItsSignature() throws Exception {
    SpiffeId id = new SpiffeId("weft.internal", "default", "orders");
    KeyPair keys = Keys.newKeyPair();
    byte[] der = Csr.create(keys, id);
    PKCS10CertificationRequest request = new PKCS10CertificationRequest(der);

    assertThat(request.getEncoded()).isEqualTo(der);
    assertThat(
            request.isSignatureValid(
                new JcaContentVerifierProviderBuilder().build(keys.getPublic())))
        .isTrue();
    assertThat(request.getSignatureAlgorithm().getAlgorithm())
        .isEqualTo(X9ObjectIdentifiers.ecdsa_with_SHA256);
    assertThat(request.getSignatureAlgorithm().getParameters()).isNull();
    assertThat(request.getSubject().getRDNs()).isEmpty();
    assertThat(request.getSubjectPublicKeyInfo().getEncoded())
        .isEqualTo(keys.getPublic().getEncoded());

    Attribute[] attributes = request.getAttributes();
    assertThat(attributes).hasSize(1);
    assertThat(attributes[0].getAttrType())
        .isEqualTo(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest);
    Extensions extensions = request.getRequestedExtensions();
    assertThat(extensions.getExtensionOIDs()).containsExactly(Extension.subjectAlternativeName);
    assertThat(extensions.getExtension(Extension.subjectAlternativeName).isCritical()).isTrue();
    GeneralName[] names =
        GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName).getNames();
    assertThat(names).containsExactly(new GeneralName(6, id.toString()));
  }

  @Test
  void longNamesAreEncodedToo() throws Exception {
    SpiffeId id = new SpiffeId("w".repeat(255), "n".repeat(63), "s".repeat(63));
    PKCS10CertificationRequest request =
        new PKCS10CertificationRequest(Csr.create(Keys.newKeyPair(), id));
    GeneralName[] names =
        GeneralNames.fromExtensions(
                request.getRequestedExtensions(), Extension.subjectAlternativeName)
            .getNames();
    assertThat(names).containsExactly(new GeneralName(6, id.toString()));
  }

  @Test
  void keysAreOnP256() {
    ECPublicKey key = (ECPublicKey) Keys.newKeyPair().getPublic();
    assertThat(key.getParams().getOrder().bitLength()).isEqualTo(256);
    assertThat(key.getParams().toString()).contains("secp256r1");
  }

  @Test
  void lengthsTakeTheShortestForm() {
    assertThat(Der.value(4, new byte[0])).containsExactly(4, 0);
    assertThat(Der.value(4, new byte[127])).startsWith(4, 127).hasSize(129);
    assertThat(Der.value(4, new byte[128])).startsWith(4, 0x81, 128).hasSize(131);
    assertThat(Der.value(4, new byte[255])).startsWith(4, 0x81, 255).hasSize(258);
    assertThat(Der.value(4, new byte[200], new byte[56])).startsWith(4, 0x82, 1, 0).hasSize(260);
    assertThat(Der.value(4, new byte[65536])).startsWith(4, 0x83, 1, 0, 0).hasSize(65541);
    assertThatThrownBy(() -> Der.value(4, new byte[1 << 24]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

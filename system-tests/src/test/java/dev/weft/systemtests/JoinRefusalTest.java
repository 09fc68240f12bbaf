package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.wire.Frames;
import dev.weft.wire.Message;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A token for one service gives a certificate for that one, and of our form, or none. */
class JoinRefusalTest {
  private static final String ORDERS = "spiffe://weft.internal/ns/default/sa/orders";
  private static final String PAYMENTS = "spiffe://weft.internal/ns/default/sa/payments";

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  private static Mesh mesh;
  private static String token;

  @BeforeAll
  static void startMesh() {
    mesh = Mesh.start(SANDBOX);
    token = newToken("{\"service\":\"orders\"}");
  }

  @Test
  void whatIsGrantedIsGiven() throws Exception {
    Message answer = join(token, "orders", csr(Forge.ecKeys(), false, ORDERS));
    assertThat(answer).isInstanceOf(Message.Joined.class);
    X509Certificate leaf = certificate(((Message.Joined) answer).chain().get(0));
    assertThat(leaf.getSubjectAlternativeNames()).singleElement().asString().contains(ORDERS);
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(audit("certificate.issued")).anyMatch(e -> e.toString().contains(ORDERS));
  }

  @Test
  void theNameOfAnotherServiceInTheRequestIsRefused() throws Exception {
    refused(join(token, "orders", csr(Forge.ecKeys(), false, PAYMENTS)), "bad_csr", "payments");
  }

  @Test
  void anotherServiceThanTheTokensIsRefused() throws Exception {
    refused(
        join(token, "payments", csr(Forge.ecKeys(), false, PAYMENTS)), "not_granted", "payments");
  }

  @Test
  void aCaBitIsRefused() throws Exception {
    refused(join(token, "orders", csr(Forge.ecKeys(), true, ORDERS)), "bad_csr", "CA");
  }

  @Test
  void aSmallRsaKeyIsRefused() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(1024);
    refused(
        join(token, "orders", csr(generator.generateKeyPair(), false, ORDERS)), "bad_csr", "RSA");
  }

  @Test
  void twoNamesAreRefused() throws Exception {
    refused(join(token, "orders", csr(Forge.ecKeys(), false, ORDERS, PAYMENTS)), "bad_csr", "2");
  }

  @Test
  void aRequestSignedByAnotherKeyIsRefused() throws Exception {
    KeyPair mixed = new KeyPair(Forge.ecKeys().getPublic(), Forge.ecKeys().getPrivate());
    refused(join(token, "orders", csr(mixed, false, ORDERS)), "bad_csr", "signature");
  }

  @Test
  void aWrongSecretIsRefused() throws Exception {
    String wrong = token.substring(0, token.length() - 4) + "AAAA";
    refused(join(wrong, "orders", csr(Forge.ecKeys(), false, ORDERS)), "bad_token", "");
  }

  @Test
  void aTokenThatIsUsedUpIsRefused() throws Exception {
    String once = newToken("{\"service\":\"orders\",\"uses\":1}");
    // What is refused uses nothing up.
    join(once, "orders", csr(Forge.ecKeys(), true, ORDERS));
    assertThat(join(once, "orders", csr(Forge.ecKeys(), false, ORDERS)))
        .isInstanceOf(Message.Joined.class);
    refused(join(once, "orders", csr(Forge.ecKeys(), false, ORDERS)), "bad_token", "");
  }

  @Test
  void garbageInPlaceOfARequestIsRefused() throws Exception {
    refused(join(token, "orders", new byte[] {0x30, 3, 1, 2, 3}), "bad_csr", "");
  }

  /** Refused with that code, for a reason that names the thing, and so it stands in the audit. */
  private static void refused(Message answer, String code, String named) {
    assertThat(answer).isInstanceOf(Message.Refused.class);
    Message.Refused refused = (Message.Refused) answer;
    assertThat(refused.code()).as(refused.message()).isEqualTo(code);
    assertThat(refused.message()).contains(named);
    Map<?, ?> details = (Map<?, ?>) audit("certificate.refused").get(0).get("details");
    assertThat(details).extracting("code", "reason").containsExactly(code, refused.message());
    assertThat(String.valueOf(details)).doesNotContain(token.substring(token.lastIndexOf('.')));
  }

  /** Newest first. */
  private static List<Map<String, Object>> audit(String action) {
    return mesh.admin().get("/api/v1/audit?limit=1000").items().stream()
        .filter(entry -> action.equals(entry.get("action")))
        .toList();
  }

  private static String newToken(String body) {
    Admin.Reply made =
        mesh.admin()
            .send("POST", "/api/v1/tokens", body, Map.of("Content-Type", "application/json"));
    assertThat(made.status()).as(made.body()).isEqualTo(201);
    return String.valueOf(made.tree().get("token"));
  }

  private static Message join(String token, String service, byte[] csr) throws Exception {
    String[] address = mesh.address().split(":");
    try (SSLSocket socket =
        (SSLSocket)
            Forge.anonymous()
                .getSocketFactory()
                .createSocket(address[0], Integer.parseInt(address[1]))) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"weft/1"});
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(60_000);
      Frames.write(
          socket.getOutputStream(),
          new Message.Join(token, csr, "default", service, "an-instance", "a-test").encode());
      return Message.decode(Frames.read(new DataInputStream(socket.getInputStream())));
    }
  }

  private static byte[] csr(KeyPair keys, boolean ca, String... names) throws Exception {
    PublicKey key = Objects.requireNonNull(keys.getPublic());
    PKCS10CertificationRequestBuilder builder =
        new JcaPKCS10CertificationRequestBuilder(new X500Name(""), key);
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    GeneralName[] uris =
        Arrays.stream(names)
            .map(name -> new GeneralName(GeneralName.uniformResourceIdentifier, name))
            .toArray(GeneralName[]::new);
    extensions.addExtension(Extension.subjectAlternativeName, true, new GeneralNames(uris));
    if (ca) {
      extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    }
    builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
    String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    return builder
        .build(new JcaContentSignerBuilder(algorithm).build(keys.getPrivate()))
        .getEncoded();
  }

  private static X509Certificate certificate(byte[] der) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }
}

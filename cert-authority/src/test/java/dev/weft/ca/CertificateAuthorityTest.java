package dev.weft.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CertificateAuthorityTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path dir;
  private final SettableClock clock = new SettableClock();
  private final MemoryStores.Ca store = new MemoryStores.Ca();
  private KeySealer sealer;
  private CertificateAuthority ca;

  @BeforeEach
  void open() {
    KeySealer.createKeyFile(dir.resolve("ca.key"), RANDOM);
    sealer = KeySealer.fromKeyFile(dir.resolve("ca.key"), RANDOM);
    ca = reopened();
  }

  private CertificateAuthority reopened() {
    return CertificateAuthority.open(store, sealer, CaSettings.of("weft.internal"), clock, RANDOM);
  }

  @Test
  void leafHasTheGrantedNameAndNothingOfTheRequest() throws Exception {
    KeyPair pair = Requests.p256();
    byte[] csr =
        new Requests()
            .with(
                Extension.subjectAlternativeName,
                new GeneralNames(
                    new GeneralName[] {
                      new GeneralName(GeneralName.uniformResourceIdentifier, ORDERS.uri()),
                      new GeneralName(GeneralName.dNSName, "bank.example")
                    }))
            .sign(pair);

    Issued issued = ca.issue(ORDERS, csr, Instant.EPOCH);

    X509Certificate leaf = issued.leaf();
    assertThat(List.copyOf(leaf.getSubjectAlternativeNames()))
        .isEqualTo(List.of(List.of(6, ORDERS.uri())));
    assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("O=weft.internal");
    assertThat(leaf.getPublicKey()).isEqualTo(pair.getPublic());
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getKeyUsage()[0]).as("digitalSignature").isTrue();
    assertThat(leaf.getKeyUsage()[5]).as("keyCertSign").isFalse();
    assertThat(leaf.getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
    assertThat(leaf.getNotBefore().toInstant())
        .isEqualTo(clock.instant().minus(Duration.ofMinutes(2)));
    assertThat(leaf.getNotAfter().toInstant())
        .isEqualTo(clock.instant().plus(Duration.ofHours(24)));
    assertThat(leaf.getSerialNumber().signum()).isPositive();
    assertThat(leaf.getSerialNumber().bitLength()).isBetween(64, 159);
    validate(issued, clock.instant());
  }

  @Test
  void leafGrantsTheAddressesOfTheToken_andNothingOfTheRequest() throws Exception {
    List<String> granted = List.of("10.8.0.0/16", "fd00::7");
    byte[] asking =
        new Requests()
            .with(GrantedAddresses.OID, GrantedAddresses.encode(List.of("0.0.0.0/0")))
            .sign(Requests.p256());

    Issued plain = ca.issue(ORDERS, asking, Instant.EPOCH);
    assertThat(GrantedAddresses.of(plain.leaf())).isEmpty();
    Issued first = ca.issue(ORDERS, granted, ca.check(ORDERS, asking), Instant.EPOCH);
    assertThat(GrantedAddresses.of(first.leaf())).isEqualTo(granted);
    assertThat(first.leaf().getCriticalExtensionOIDs())
        .as("others need not know it")
        .doesNotContain(GrantedAddresses.OID.getId());
    validate(first, clock.instant());
    Issued next = ca.renew(ORDERS, granted, asking, first.lineage());
    assertThat(GrantedAddresses.of(next.leaf())).isEqualTo(granted);
  }

  @Test
  void serialNumbersDiffer() throws Exception {
    byte[] csr = new Requests().sign(Requests.p256());

    assertThat(
            Set.of(
                ca.issue(ORDERS, csr, Instant.EPOCH).serial(),
                ca.issue(ORDERS, csr, Instant.EPOCH).serial(),
                ca.issue(ORDERS, csr, Instant.EPOCH).serial()))
        .hasSize(3);
  }

  @Test
  void aCertificateThatRenewsAnother_isOfItsLineage_andNoOtherIs() throws Exception {
    byte[] csr = new Requests().sign(Requests.p256());
    Issued joined = ca.issue(ORDERS, csr, Instant.EPOCH);
    clock.advance(Duration.ofHours(16));
    Issued renewed = ca.renew(ORDERS, List.of(), csr, joined.lineage());

    assertThat(renewed.lineage()).isEqualTo(joined.lineage());
    assertThat(renewed.serial()).isNotEqualTo(joined.serial());
    assertThat(renewed.leaf().getNotAfter()).isAfter(joined.leaf().getNotAfter());
    assertThat(joined.lineage().begin()).isEqualTo(joined.leaf().getNotBefore().toInstant());
    assertThat(renewed.leaf().getSerialNumber().toByteArray())
        .as("as long as a serial number may be, and positive")
        .hasSize(20);
    assertThat(ca.issue(ORDERS, csr, Instant.EPOCH).lineage()).isNotEqualTo(joined.lineage());
  }

  @Test
  void aCertificateOfAnEarlierVersion_beginsALineage() throws Exception {
    byte[] csr = new Requests().sign(Requests.p256());
    BigInteger serial = new BigInteger("fedcba98765432100123456789abcdef", 16);
    Lineage old = Lineage.of(serial, clock.instant());

    Issued renewed = ca.renew(ORDERS, List.of(), csr, old);

    assertThat(renewed.lineage()).isEqualTo(old);
    assertThat(Lineage.id(serial)).isEqualTo(0x456789abcdefL).isEqualTo(renewed.lineage().id());
  }

  static Stream<Arguments> refusals() throws Exception {
    KeyPair p256 = Requests.p256();
    byte[] good = new Requests().sign(p256);
    byte[] tampered = good.clone();
    tampered[tampered.length - 3] ^= 1;
    byte[] trailing = Arrays.copyOf(good, good.length + 7);
    byte[] nested = new byte[4000];
    for (int i = 0; i < nested.length; i += 2) {
      nested[i] = 0x30;
      nested[i + 1] = (byte) 0x80;
    }
    DERSequence deep = new DERSequence();
    for (int i = 0; i < 900; i++) {
      ASN1EncodableVector one = new ASN1EncodableVector();
      one.add(deep);
      deep = new DERSequence(one);
    }
    return Stream.of(
        refusal("RSA-1024", new Requests().sign(Requests.rsa(1024)), "key: RSA"),
        refusal("RSA-3072", new Requests().sign(Requests.rsa(3072)), "key: RSA"),
        refusal("P-384", new Requests().sign(Requests.ec("secp384r1")), "key: EC of curve"),
        refusal(
            "the key of another",
            new Requests().sign(p256, Requests.p256(), "SHA256withECDSA"),
            "signature: not by the key"),
        refusal("a changed signature", tampered, "signature: not by the key"),
        refusal("SHA-1", new Requests().sign(p256, p256, "SHA1withECDSA"), "signature: algorithm"),
        refusal(
            "a CA bit",
            new Requests().with(Extension.basicConstraints, new BasicConstraints(true)).sign(p256),
            "basicConstraints: asks for a CA"),
        refusal(
            "a CA bit with a path length",
            new Requests().with(Extension.basicConstraints, new BasicConstraints(0)).sign(p256),
            "basicConstraints: asks for a CA"),
        refusal(
            "keyCertSign",
            new Requests()
                .with(
                    Extension.keyUsage,
                    new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign))
                .sign(p256),
            "keyUsage: asks to sign"),
        refusal(
            "payments' name",
            new Requests()
                .with(
                    Extension.subjectAlternativeName,
                    Requests.uris("spiffe://weft.internal/ns/default/sa/payments"))
                .sign(p256),
            "subjectAltName: spiffe://weft.internal/ns/default/sa/payments (expected: "
                + ORDERS.uri()),
        refusal(
            "two URIs, the first one its own",
            new Requests()
                .with(
                    Extension.subjectAlternativeName,
                    Requests.uris(ORDERS.uri(), "spiffe://weft.internal/ns/default/sa/payments"))
                .sign(p256),
            "subjectAltName: 2 URIs"),
        refusal("something after its end", trailing, "not a PKCS#10 request"),
        refusal("too many bytes", new byte[5000], "request of 5000 bytes"),
        refusal("nothing", new byte[0], "not a PKCS#10 request"),
        refusal("garbage", new byte[] {0x30, 0x03, 1, 2, 3}, "not a PKCS#10 request"),
        refusal("endless nesting", nested, "not a PKCS#10 request"),
        refusal("deep nesting", deep.getEncoded(), "not a PKCS#10 request"));
  }

  private static Arguments refusal(String name, byte[] csr, String reason) {
    return Arguments.of(name, csr, reason);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void refuses(String name, byte[] csr, String reason) {
    assertThatThrownBy(() -> ca.issue(ORDERS, csr, Instant.EPOCH))
        .as(name)
        .isInstanceOf(CsrRefused.class)
        .hasMessageContaining(reason);
    assertThatThrownBy(() -> ca.check(ORDERS, csr)).isInstanceOf(CsrRefused.class);
  }

  @Test
  void anotherCoordinatorSignsUnderTheSameRoot() throws Exception {
    CertificateAuthority other = reopened();

    assertThat(store.saves).isEqualTo(1);
    assertThat(other.pin()).isEqualTo(ca.pin());
    validate(other.issue(ORDERS, Requests.p256().getPublic()), clock.instant());
  }

  @Test
  void secondToCreateTakesTheFirstsRoot() {
    MemoryStores.Ca raced =
        new MemoryStores.Ca() {
          @Override
          public synchronized boolean save(CaState state, int version) {
            stored = store.stored; // somebody else's, just before
            return super.save(state, version);
          }
        };

    CertificateAuthority second =
        CertificateAuthority.open(raced, sealer, CaSettings.of("weft.internal"), clock, RANDOM);

    assertThat(second.pin()).isEqualTo(ca.pin());
  }

  @Test
  void keysAreNotInTheStateUnsealed() throws Exception {
    KeyPair pair = Requests.p256();
    byte[] sealed = sealer.seal("x", pair.getPrivate().getEncoded());

    assertThat(new String(sealed, java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain(
            new String(
                pair.getPrivate().getEncoded(), java.nio.charset.StandardCharsets.ISO_8859_1));
    assertThat(sealer.open("x", sealed)).isEqualTo(pair.getPrivate().getEncoded());
    assertThatThrownBy(() -> sealer.open("y", sealed)).isInstanceOf(CaException.class);
    for (int i : new int[] {0, 1, 17, 29, sealed.length - 1}) {
      byte[] changed = sealed.clone();
      changed[i] ^= 1;
      assertThatThrownBy(() -> sealer.open("x", changed)).isInstanceOf(CaException.class);
    }
  }

  @Test
  void anotherKeyFileCannotOpenTheState() {
    KeySealer.createKeyFile(dir.resolve("other.key"), RANDOM);
    KeySealer other = KeySealer.fromKeyFile(dir.resolve("other.key"), RANDOM);

    assertThatThrownBy(
            () ->
                CertificateAuthority.open(
                    store, other, CaSettings.of("weft.internal"), clock, RANDOM))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("other.key")
        .hasMessageContaining("of the first one");
  }

  @Test
  void anotherTrustDomainIsRefused() {
    assertThatThrownBy(
            () ->
                CertificateAuthority.open(
                    store, sealer, CaSettings.of("other.internal"), clock, RANDOM))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("expected: one of trust domain other.internal");
  }

  @Test
  void nextIntermediateIsMadeWhenAThirdIsLeft() throws Exception {
    Issued before = ca.issue(ORDERS, Requests.p256().getPublic());
    assertThat(ca.maintain()).isFalse();
    clock.advance(Duration.ofDays(242));
    assertThat(ca.maintain()).as("a day before two thirds").isFalse();
    CertificateAuthority other = reopened();
    clock.advance(Duration.ofDays(2));

    assertThat(ca.maintain()).isTrue();
    assertThat(ca.maintain()).isFalse();
    assertThat(other.maintain()).as("the other one takes it over").isTrue();

    assertThat(store.saves).isEqualTo(2);
    assertThat(other.signer()).isEqualTo(ca.signer()).isNotEqualTo(before.chain().get(1));
    assertThat(ca.bundle()).containsExactly(before.root());
    validate(ca.issue(ORDERS, Requests.p256().getPublic()), clock.instant());
  }

  @Test
  void nothingOutlivesItsIssuer() {
    for (int year = 0; year < 10; year++) {
      clock.advance(Duration.ofDays(364));
      ca.maintain();
    }
    clock.advance(Duration.ofDays(9).plusHours(12));

    X509Certificate leaf = ca.issue(ORDERS, keyOf()).leaf();

    Date rootEnd = ca.bundle().get(0).getNotAfter();
    assertThat(ca.signer().getNotAfter()).isEqualTo(rootEnd);
    assertThat(leaf.getNotAfter()).isEqualTo(rootEnd);
  }

  @Test
  void passphraseIsAsGoodAsAKeyFile() throws Exception {
    Path file = dir.resolve("passphrase");
    java.nio.file.Files.createFile(
        file,
        java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
            java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
    java.nio.file.Files.writeString(file, "correct horse battery staple\n");
    byte[] sealed = KeySealer.fromPassphraseFile(file, RANDOM).seal("x", new byte[] {1, 2, 3});

    KeySealer again = KeySealer.fromPassphraseFile(file, RANDOM);
    assertThat(again.open("x", sealed)).containsExactly(1, 2, 3);
    assertThat(again.derive("acl"))
        .isEqualTo(KeySealer.fromPassphraseFile(file, RANDOM).derive("acl"))
        .isNotEqualTo(again.derive("other"));

    java.nio.file.Files.writeString(file, "too short\n");
    assertThatThrownBy(() -> KeySealer.fromPassphraseFile(file, RANDOM))
        .hasMessageContaining("at least 12");
  }

  @Test
  void keyFileForOthersToReadIsRefused() throws Exception {
    Path file = dir.resolve("ca.key");
    assertThat(
            java.nio.file.attribute.PosixFilePermissions.toString(
                java.nio.file.Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    java.nio.file.Files.setPosixFilePermissions(
        file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-----"));

    assertThatThrownBy(() -> KeySealer.fromKeyFile(file, RANDOM))
        .isInstanceOf(CaException.class)
        .hasMessageContaining("rw-r----- (expected: rw-------");
  }

  private static java.security.PublicKey keyOf() {
    try {
      return Requests.p256().getPublic();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** As any verifier would, with the JDK's own PKIX and the bundle alone. */
  private void validate(Issued issued, Instant at) throws Exception {
    PKIXParameters parameters =
        new PKIXParameters(
            ca.bundle().stream()
                .map(root -> new TrustAnchor(root, null))
                .collect(Collectors.toSet()));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(issued.chain()), parameters);
  }
}

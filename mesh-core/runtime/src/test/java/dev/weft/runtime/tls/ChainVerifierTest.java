package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import dev.weft.runtime.tls.ChainVerifier.Role;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

class ChainVerifierTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  private final Instant start = Instant.parse("2026-06-01T12:00:00Z");
  private final TestCa ca = new TestCa("mesh", start);
  private final KeyPair keys = Keys.newKeyPair();
  private final TlsCounters counters = new TlsCounters();
  private final ChainVerifier verifier = new ChainVerifier(TestCa.bundle(ca), counters);

  private SpiffeId verify(Role role, Instant now, X509Certificate... chain)
      throws CertificateException {
    return verifier.verify(chain, role, now.toEpochMilli());
  }

  private SpiffeId verify(X509Certificate... chain) throws CertificateException {
    return verify(Role.CLIENT, start, chain);
  }

  private TestCa.Cert leaf() {
    return ca.leaf(keys.getPublic(), ORDERS);
  }

  @Test
  void believesAChainWithAndWithoutTheRoot() throws Exception {
    X509Certificate leaf = leaf().issue();
    assertThat(verify(leaf, ca.intermediate)).isEqualTo(ORDERS);
    assertThat(verify(leaf, ca.intermediate, ca.root)).isEqualTo(ORDERS);
  }

  @Test
  void believesALeafDirectlyUnderTheRoot() throws Exception {
    X509Certificate leaf = leaf().issue(new X500Name("CN=mesh root"), ca.rootKeys.getPrivate());
    assertThat(verify(leaf)).isEqualTo(ORDERS);
  }

  @Test
  void remembersAChainForBothRoles() throws Exception {
    X509Certificate leaf = leaf().issue();
    verify(Role.CLIENT, start, leaf, ca.intermediate);
    verify(Role.SERVER, start, leaf, ca.intermediate);
    assertThat(counters.chainsVerified()).isEqualTo(1);
    assertThat(counters.chainsFromCache()).isEqualTo(1);
  }

  @Test
  void aKnownLeafWithAnotherChainIsVerifiedAfresh() throws Exception {
    X509Certificate leaf = leaf().issue();
    verify(leaf, ca.intermediate);
    verify(leaf, ca.intermediate, ca.root);
    assertThat(counters.chainsVerified()).isEqualTo(2);
    assertThatThrownBy(() -> verify(leaf, new TestCa("mesh", start).intermediate))
        .isInstanceOf(CertificateException.class);
  }

  @Test
  void forgetsAChainWhenTheFirstOfItsCertificatesEnds() throws Exception {
    TestCa brief = new TestCa("brief", start, Duration.ofDays(10), Duration.ofHours(2));
    ChainVerifier verifier = new ChainVerifier(TestCa.bundle(brief), counters);
    X509Certificate leaf = brief.leaf(keys.getPublic(), ORDERS).issue();
    X509Certificate[] chain = {leaf, brief.intermediate};
    verifier.verify(chain, Role.CLIENT, start.toEpochMilli());
    assertThatThrownBy(
            () ->
                verifier.verify(chain, Role.CLIENT, start.plus(Duration.ofHours(3)).toEpochMilli()))
        .hasMessageContaining(brief.intermediate.getSerialNumber().toString(16))
        .hasMessageContaining("ended at 2026-06-01T14:00:00Z");
  }

  @Test
  void anEndedRootIsNotBelievedThoughItIsInTheBundle() {
    TestCa old = new TestCa("old", start, Duration.ofHours(1), Duration.ofDays(10));
    ChainVerifier verifier = new ChainVerifier(TestCa.bundle(old), counters);
    X509Certificate[] chain = {old.leaf(keys.getPublic(), ORDERS).issue(), old.intermediate};
    assertThatThrownBy(
            () ->
                verifier.verify(chain, Role.CLIENT, start.plus(Duration.ofHours(2)).toEpochMilli()))
        .hasMessageContaining("ended at 2026-06-01T13:00:00Z");
  }

  @Test
  void aCertificateOfTomorrowIsNotBelieved() {
    X509Certificate leaf = leaf().from(start.plusSeconds(60)).issue();
    assertThatThrownBy(() -> verify(leaf, ca.intermediate)).hasMessageContaining("clocks");
  }

  @Test
  void twoRootsOfOneNameAreBothTried() throws Exception {
    TestCa next = new TestCa("mesh", start);
    ChainVerifier both = new ChainVerifier(TestCa.bundle(ca, next), counters);
    X509Certificate[] old = {leaf().issue(), ca.intermediate};
    X509Certificate[] fresh = {next.leaf(keys.getPublic(), ORDERS).issue(), next.intermediate};
    assertThat(both.verify(old, Role.SERVER, start.toEpochMilli())).isEqualTo(ORDERS);
    assertThat(both.verify(fresh, Role.SERVER, start.toEpochMilli())).isEqualTo(ORDERS);
  }

  @Test
  void purposesAreKept() throws Exception {
    X509Certificate server = leaf().purposes(KeyPurposeId.id_kp_serverAuth).issue();
    assertThat(verify(Role.SERVER, start, server, ca.intermediate)).isEqualTo(ORDERS);
    assertThatThrownBy(() -> verify(Role.CLIENT, start, server, ca.intermediate))
        .hasMessageContaining("not one for a TLS client");
    X509Certificate client = leaf().purposes(KeyPurposeId.id_kp_clientAuth).issue();
    assertThatThrownBy(() -> verify(Role.SERVER, start, client, ca.intermediate))
        .hasMessageContaining("not one for a TLS server");
    assertThat(verify(Role.CLIENT, start, client, ca.intermediate)).isEqualTo(ORDERS);
    X509Certificate any = leaf().purposes(KeyPurposeId.anyExtendedKeyUsage).issue();
    assertThat(verify(Role.SERVER, start, any, ca.intermediate)).isEqualTo(ORDERS);
    X509Certificate none = leaf().purposes().issue();
    assertThat(verify(Role.SERVER, start, none, ca.intermediate)).isEqualTo(ORDERS);
  }

  @Test
  void whatIsNoServicesCertificateIsNotBelieved() {
    assertThatThrownBy(() -> verify(ca.intermediate)).hasMessageContaining("an authority's");
    assertThatThrownBy(() -> verify(ca.root)).hasMessageContaining("an authority's");
    X509Certificate noSigning = leaf().usage(KeyUsage.keyEncipherment).issue();
    assertThatThrownBy(() -> verify(noSigning, ca.intermediate)).hasMessageContaining("key usage");
    X509Certificate nobody = ca.new Cert(new X500Name("CN=x"), keys.getPublic()).issue();
    assertThatThrownBy(() -> verify(nobody, ca.intermediate)).hasMessageContaining("no SPIFFE ID");
    X509Certificate two = leaf().uri("spiffe://weft.internal/ns/default/sa/billing").issue();
    assertThatThrownBy(() -> verify(two, ca.intermediate)).hasMessageContaining("no SPIFFE ID");
  }

  @Test
  void aLeafCannotIssue() {
    X500Name name = new X500Name("CN=orders");
    X509Certificate service =
        ca.new Cert(name, keys.getPublic())
            .uri(ORDERS.toString())
            .usage(KeyUsage.digitalSignature | KeyUsage.keyCertSign)
            .issue();
    KeyPair mine = Keys.newKeyPair();
    X509Certificate forged =
        ca.leaf(mine.getPublic(), new SpiffeId("weft.internal", "default", "billing"))
            .issue(name, keys.getPrivate());
    assertThatThrownBy(() -> verify(forged, service, ca.intermediate))
        .hasMessageContaining("not of this mesh's authority");
  }

  @Test
  void brokenChainsAreNotBelieved() {
    X509Certificate leaf = leaf().issue();
    assertThatThrownBy(() -> verify()).hasMessageContaining("no certificate");
    assertThatThrownBy(() -> verifier.verify(null, Role.CLIENT, 0))
        .hasMessageContaining("no certificate");
    assertThatThrownBy(() -> verify(leaf)).isInstanceOf(CertificateException.class);
    assertThatThrownBy(() -> verify(leaf, ca.intermediate, ca.intermediate))
        .isInstanceOf(CertificateException.class);
    assertThatThrownBy(
            () ->
                verify(
                    leaf,
                    ca.intermediate,
                    ca.root,
                    ca.root,
                    ca.root,
                    ca.root,
                    ca.root,
                    ca.root,
                    ca.root,
                    ca.root))
        .hasMessageContaining("10 certificates (expected: at most 9)");
    assertThat(counters.chainsVerified()).isZero();
  }

  @Test
  void whileTheRootRotatesBothSidesOfItAreBelieved() throws Exception {
    TestCa next = new TestCa("next", start);
    X509Certificate leaf = next.leaf(keys.getPublic(), ORDERS).issue();
    X509Certificate cross = ca.cross(next);
    ChainVerifier both = new ChainVerifier(TestCa.bundle(ca, next), counters);
    ChainVerifier after = new ChainVerifier(TestCa.bundle(next), counters);
    X509Certificate[][] chains = {
      {leaf, next.intermediate, cross},
      {leaf, next.intermediate, cross, ca.root},
      {leaf, next.intermediate, next.root, cross, ca.root}
    };
    for (X509Certificate[] chain : chains) {
      assertThat(verify(chain)).as("by who has the old root only").isEqualTo(ORDERS);
      assertThat(both.verify(chain, Role.SERVER, start.toEpochMilli())).isEqualTo(ORDERS);
      assertThat(after.verify(chain, Role.SERVER, start.toEpochMilli())).isEqualTo(ORDERS);
    }
    assertThatThrownBy(() -> verify(leaf, next.intermediate, next.root, ca.root))
        .as("the way to the old root is missing")
        .hasMessageContaining("not of this mesh's authority");
    Instant late = start.plus(Duration.ofDays(366));
    TestCa lasting = new TestCa("lasting", start, Duration.ofDays(3650), Duration.ofDays(3650));
    X509Certificate old = lasting.leaf(keys.getPublic(), ORDERS).life(Duration.ofDays(400)).issue();
    assertThatThrownBy(
            () -> verify(Role.SERVER, late, old, lasting.intermediate, ca.cross(lasting)))
        .as("a cross certificate ends as well")
        .hasMessageContaining("ended at");
  }

  /** Name and key of a root, but nobody's signature that counts. */
  @Test
  void aRootsNameAloneIsNothing() {
    TestCa foreign = new TestCa("mesh", start); // the same names, other keys
    X509Certificate leaf = foreign.leaf(keys.getPublic(), ORDERS).issue();
    assertThatThrownBy(() -> verify(leaf, foreign.intermediate, foreign.root, ca.root))
        .hasMessageContaining("not of this mesh's authority");
    TestCa next = new TestCa("next", start);
    X509Certificate nexts = next.leaf(keys.getPublic(), ORDERS).issue();
    X509Certificate forged =
        foreign.new Cert(new X500Name("CN=next root"), next.rootKeys.getPublic())
            .ca()
            .issue(new X500Name("CN=mesh root"), foreign.rootKeys.getPrivate());
    assertThatThrownBy(() -> verify(nexts, next.intermediate, forged, ca.root))
        .hasMessageContaining("not of this mesh's authority");
    X509Certificate noAuthority =
        ca.new Cert(new X500Name("CN=next root"), next.rootKeys.getPublic())
            .issue(new X500Name("CN=mesh root"), ca.rootKeys.getPrivate());
    assertThatThrownBy(() -> verify(nexts, next.intermediate, noAuthority, ca.root))
        .hasMessageContaining("not of this mesh's authority");
  }

  @Test
  void whatWasRefusedIsNotRemembered() {
    TestCa foreign = new TestCa("foreign", start);
    X509Certificate[] chain = {
      foreign.leaf(keys.getPublic(), ORDERS).issue(), foreign.intermediate, foreign.root
    };
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> verify(chain)).isInstanceOf(CertificateException.class);
    }
    assertThat(counters.chainsFromCache()).isZero();
  }

  @Test
  void aBundleHoldsOnlyAuthorities() throws Exception {
    assertThatThrownBy(() -> TrustBundle.of(1, TestCa.der(leaf().issue())))
        .hasMessageContaining("bundle[0]")
        .hasMessageContaining("not the certificate of an authority");
    assertThatThrownBy(() -> TrustBundle.of(1, List.of()))
        .hasMessageContaining("0 certificates (expected: 1 to 16)");
    assertThatThrownBy(() -> TrustBundle.of(1, List.of(new byte[] {1, 2, 3})))
        .hasMessageContaining("bundle[0] is not an X.509 certificate in DER");
    assertThat(TrustBundle.of(7, TestCa.der(ca.root)).toString())
        .isEqualTo("1 roots (generation 7)");
  }

  @Test
  void anIdentityIsOfItsKeyAndHasAName() {
    KeyPair other = Keys.newKeyPair();
    assertThatThrownBy(() -> Identity.of(1, other, TestCa.der(leaf().issue())))
        .hasMessageContaining("for another key");
    X509Certificate nobody = ca.new Cert(new X500Name("CN=x"), keys.getPublic()).issue();
    assertThatThrownBy(() -> Identity.of(1, keys, TestCa.der(nobody)))
        .hasMessageContaining("CN=x")
        .hasMessageContaining("no SPIFFE ID");
  }

  @Test
  void anIdentityEndsWithTheFirstOfItsChain() {
    TestCa brief = new TestCa("brief", start, Duration.ofDays(10), Duration.ofHours(2));
    assertThat(brief.identity(ORDERS).notAfter()).isEqualTo(start.plus(Duration.ofHours(2)));
    assertThat(ca.identity(ORDERS).notAfter()).isEqualTo(start.plus(TestCa.LEAF_LIFE));
    assertThat(ca.identity(ORDERS).notBefore()).isEqualTo(start.minusSeconds(120));
  }
}

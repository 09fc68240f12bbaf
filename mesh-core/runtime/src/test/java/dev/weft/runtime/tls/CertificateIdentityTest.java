package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.SpiffeId;
import java.security.KeyPair;
import java.time.Instant;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;

/** Which identity a certificate carries. */
class CertificateIdentityTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  @Test
  void readsExactlyOneUriOfACertificate() {
    TestCa ca = new TestCa("mesh", Instant.now());
    KeyPair keys = Keys.newKeyPair();
    X500Name subject = new X500Name("CN=x");
    assertThat(SpiffeId.of(ca.leaf(keys.getPublic(), ORDERS).issue())).isEqualTo(ORDERS);
    assertThat(SpiffeId.of(ca.leaf(keys.getPublic(), ORDERS).dns("orders").issue()))
        .isEqualTo(ORDERS);
    assertThat(SpiffeId.of(ca.new Cert(subject, keys.getPublic()).issue())).isNull();
    assertThat(SpiffeId.of(ca.new Cert(subject, keys.getPublic()).dns("orders").issue())).isNull();
    assertThat(
            SpiffeId.of(
                ca.leaf(keys.getPublic(), ORDERS)
                    .uri("spiffe://weft.internal/ns/default/sa/billing")
                    .issue()))
        .isNull();
    assertThat(SpiffeId.of(ca.leaf(keys.getPublic(), ORDERS).uri("https://x").issue())).isNull();
    assertThat(
            SpiffeId.of(
                ca.new Cert(subject, keys.getPublic()).uri("spiffe://weft.internal/x").issue()))
        .isNull();
  }
}

package dev.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.SpiffeId;
import java.lang.reflect.Proxy;
import java.security.KeyPair;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.bouncycastle.asn1.x500.X500Name;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PeerIdentityTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  private final Instant start = Instant.parse("2026-06-01T12:00:00Z");
  private final TestCa ca = new TestCa("mesh", start);
  private final KeyPair keys = Keys.newKeyPair();
  private final AtomicInteger asked = new AtomicInteger();

  /** A session that has values and a peer, or says that it has none. */
  private SSLSession session(Certificate @Nullable ... chain) {
    Map<Object, Object> values = new HashMap<>();
    return (SSLSession)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {SSLSession.class},
            (proxy, method, args) -> {
              switch (method.getName()) {
                case "getValue":
                  return values.get(args[0]);
                case "putValue":
                  return values.put(args[0], args[1]);
                case "getPeerCertificates":
                  asked.incrementAndGet();
                  if (chain == null) {
                    throw new SSLPeerUnverifiedException("peer not authenticated");
                  }
                  return chain;
                default:
                  throw new UnsupportedOperationException(method.getName());
              }
            });
  }

  @Test
  void readsTheCertificateOnce() {
    SSLSession session = session(ca.leaf(keys.getPublic(), ORDERS).issue(), ca.intermediate);
    for (int i = 0; i < 3; i++) {
      assertThat(PeerIdentity.of(session, start.toEpochMilli())).isEqualTo(ORDERS);
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void endsWithTheCertificate() {
    SSLSession session = session(ca.leaf(keys.getPublic(), ORDERS).issue());
    long end = start.plus(TestCa.LEAF_LIFE).toEpochMilli();
    assertThat(PeerIdentity.of(session, end - 1)).isEqualTo(ORDERS);
    assertThat(PeerIdentity.of(session, end)).isNull();
    assertThat(PeerIdentity.of(session, end + 1)).isNull();
  }

  /**
   * Nobody has looked at it, so it says nothing; or each call would need a connection of its own.
   */
  @Test
  void whatAPeerSendsAfterTheRoot_doesNotEndIt() {
    TestCa old = new TestCa("old", start.minus(Duration.ofDays(9_000)));
    SSLSession session =
        session(
            ca.leaf(keys.getPublic(), ORDERS).issue(),
            ca.intermediate,
            ca.root,
            old.leaf(keys.getPublic(), ORDERS).issue());
    assertThat(PeerIdentity.of(session, start.toEpochMilli())).isEqualTo(ORDERS);
  }

  @Test
  void theMachinesClockIsTheDefault() {
    TestCa today = new TestCa("today", Instant.now());
    SSLSession session = session(today.leaf(keys.getPublic(), ORDERS).issue());
    assertThat(PeerIdentity.of(session)).isEqualTo(ORDERS);
    SSLSession ended =
        session(
            new TestCa("old", Instant.now().minus(Duration.ofDays(3)))
                .leaf(keys.getPublic(), ORDERS)
                .issue());
    assertThat(PeerIdentity.of(ended)).isNull();
  }

  @Test
  void nobodyIsNull() throws Exception {
    long now = start.toEpochMilli();
    assertThat(PeerIdentity.of(null, now)).isNull();
    assertThat(PeerIdentity.of(session((Certificate[]) null), now)).isNull();
    assertThat(PeerIdentity.of(session(), now)).isNull();
    assertThat(
            PeerIdentity.of(
                session(ca.new Cert(new X500Name("CN=x"), keys.getPublic()).issue()), now))
        .isNull();
    SSLSession beforeHandshake = SSLContext.getDefault().createSSLEngine().getSession();
    assertThat(PeerIdentity.of(beforeHandshake, now)).isNull();
  }

  @Test
  void aStrangeSessionIsNobodyAndNoError() {
    SSLSession broken =
        (SSLSession)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {SSLSession.class},
                (proxy, method, args) -> {
                  throw new IllegalStateException("broken");
                });
    assertThat(PeerIdentity.of(broken, 0)).isNull();
  }
}

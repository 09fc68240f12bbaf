package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Decision;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.TlsMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CallerCheckTest {
  private static final InboundStack.Policy STRICT =
      new InboundStack.Policy() {
        @Override
        public PeerAuthentication.Decision tlsMode(int port) {
          return new PeerAuthentication.Decision(TlsMode.STRICT, "PeerAuthentication default/all");
        }

        @Override
        public Authorizer authorizer(int port) {
          throw new AssertionError("who calls is decided first");
        }

        @Override
        public RateLimits rateLimits(int port) {
          throw new AssertionError("who calls is decided first");
        }
      };

  private static boolean admitted(boolean loopbackIsExempt, TestHead head) {
    return new CallerCheck(STRICT, null, loopbackIsExempt)
            .check(head.by(null), Transport.PLAINTEXT, 8080, false)
        == null;
  }

  @Test
  void aTlsOfTheApplicationsOwnIsNobodysBusinessButAFloors() {
    assertThat(overOwnTls(STRICT, false)).isNull();
    InboundStack.Policy floored =
        new InboundStack.Policy() {
          @Override
          public PeerAuthentication.Decision tlsMode(int port) {
            return STRICT.tlsMode(port);
          }

          @Override
          public boolean ownTlsSuffices() {
            return false;
          }

          @Override
          public Authorizer authorizer(int port) {
            return STRICT.authorizer(port);
          }

          @Override
          public RateLimits rateLimits(int port) {
            return STRICT.rateLimits(port);
          }
        };
    Decision.Refuse refuse = overOwnTls(floored, false);
    assertThat(refuse).isNotNull();
    assertThat(refuse.status()).isEqualTo(403);
    assertThat(refuse.rule()).isEqualTo("weft.mtls.floor");
    assertThat(overOwnTls(floored, true)).isNull();
  }

  private static Decision.@Nullable Refuse overOwnTls(InboundStack.Policy policy, boolean probe) {
    return new CallerCheck(policy, null, false)
        .check(TestHead.get("/pay").by(null), Transport.OWN_TLS, 8443, probe);
  }

  @Test
  void loopbackIsAsOthersAre() {
    assertThat(admitted(false, TestHead.get("/pay").from(127, 0, 0, 1))).isFalse();
  }

  @Test
  void loopbackIsExemptWhereTheInstanceSaysSo() {
    assertThat(admitted(true, TestHead.get("/pay").from(127, 0, 0, 1))).isTrue();
    assertThat(admitted(true, TestHead.get("/pay").from(127, 9, 9, 9))).isTrue();
    assertThat(admitted(true, v6(0, 0, 0, 1))).isTrue();
  }

  @Test
  void nobodyElseIs() {
    assertThat(admitted(true, TestHead.get("/pay").from(10, 0, 0, 1))).isFalse();
    assertThat(admitted(true, TestHead.get("/pay").from(128, 0, 0, 1))).isFalse();
    assertThat(admitted(true, v6(0, 0, 0, 2))).isFalse();
    assertThat(admitted(true, v6(0xfe, 0x80, 0, 1))).isFalse();
    assertThat(admitted(true, TestHead.get("/pay"))).as("an unknown source").isFalse();
    assertThat(admitted(true, TestHead.get("/pay").from(127, 0))).as("no address").isFalse();
  }

  @Test
  void probesComeWithNothingElse() {
    CallerCheck callers = new CallerCheck(STRICT, "/ready", false);
    for (String path : new String[] {"/healthz", "/readyz", "/actuator/health/db", "/ready"}) {
      for (String method : new String[] {"GET", "HEAD"}) {
        assertThat(callers.isProbe(probe(method, path))).isTrue();
        assertThat(callers.isProbe(probe(method, path, "content-length", "0"))).isTrue();
        assertThat(callers.isProbe(probe(method, path, "content-length", "161"))).isFalse();
        assertThat(callers.isProbe(probe(method, path, "content-length", "00"))).isFalse();
        assertThat(
                callers.isProbe(
                    probe(method, path, "content-length", "0", "content-length", "161")))
            .isFalse();
        assertThat(callers.isProbe(probe(method, path, "transfer-encoding", "chunked"))).isFalse();
        assertThat(callers.isProbe(probe(method, path, "expect", "100-continue"))).isFalse();
        assertThat(callers.isProbe(probe(method, path, "upgrade", "h2c"))).isFalse();
      }
      assertThat(callers.isProbe(probe("POST", path))).isFalse();
    }
  }

  private static InboundRequest probe(String method, String path, String... fields) {
    TestHead head = new TestHead(method, path);
    for (int i = 0; i < fields.length; i += 2) {
      head.header(fields[i], fields[i + 1]);
    }
    return head.by(null);
  }

  private static TestHead v6(int... end) {
    int[] octets = new int[16];
    System.arraycopy(end, 0, octets, 16 - end.length, end.length);
    return TestHead.get("/pay").from(octets);
  }
}

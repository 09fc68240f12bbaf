package dev.weft.engine.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Decision;
import dev.weft.policy.PeerAuthentication;
import dev.weft.policy.TlsMode;
import org.junit.jupiter.api.Test;

/** The order of the list. */
class InboundStackTest {
  private static InboundStack.Policy policy(TlsMode mode) {
    return new InboundStack.Policy() {
      @Override
      public PeerAuthentication.Decision tlsMode(int port) {
        return new PeerAuthentication.Decision(mode, "PeerAuthentication default/all");
      }

      @Override
      public Authorizer authorizer(int port) {
        throw new AssertionError("a loop ends before whatever costs");
      }

      @Override
      public RateLimits rateLimits(int port) {
        throw new AssertionError("a loop ends before whatever costs");
      }
    };
  }

  private static Admission admit(TlsMode mode, int hops) {
    return new InboundStack(policy(mode), null, false, () -> 0)
        .admit(TestHead.get("/cart").hops(hops), Transport.PLAINTEXT, null, 8080);
  }

  @Test
  void aRequestThatElevenHavePassedOn_isALoop() {
    Decision.Refuse refuse = admit(TlsMode.PERMISSIVE, 11).refuse();
    assertThat(refuse).isNotNull();
    assertThat(refuse.status()).isEqualTo(508);
    assertThat(refuse.error()).isEqualTo("proxy_loop_detected");
    assertThat(refuse.details()).startsWith("11 processes");
  }

  @Test
  void aStrangerLearnsNothingOfLoops() {
    Decision.Refuse refuse = admit(TlsMode.STRICT, Integer.MAX_VALUE).refuse();
    assertThat(refuse).isNotNull();
    assertThat(refuse.status()).isEqualTo(403);
  }
}

package dev.weft.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.policy.ServiceName;
import dev.weft.policy.TlsMode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionTest {
  @ParameterizedTest
  @CsvSource({
    "DISABLE, true, plaintext",
    "DISABLE, false, plaintext",
    "PERMISSIVE, true, mtls",
    "PERMISSIVE, false, plaintext",
    "STRICT, true, mtls",
    "STRICT, false, refused",
  })
  void mtlsWheneverItIsOffered_andNeverPlaintextToStrict(
      TlsMode mode, boolean identity, String expected) {
    Decision decision = decide(mode, identity);

    String was =
        decision instanceof Decision.Call call ? (call.mtls() ? "mtls" : "plaintext") : "refused";
    assertThat(was).isEqualTo(expected);
  }

  @Test
  void nobodyRegistered_isA503ThatSaysSo() {
    Service service =
        new Service(new ServiceName("default", "orders"), new TestSurroundings().get());
    service.update(List.of());

    Decision.Refuse refuse = (Decision.Refuse) outbound(service, true);

    assertThat(refuse.status()).isEqualTo(503);
    assertThat(refuse.error()).isEqualTo("destination_unavailable");
    assertThat(refuse.rule()).isEqualTo("default/orders (implicit)");
    assertThat(refuse.details()).isEqualTo("no instance is registered");
  }

  private static Decision decide(TlsMode mode, boolean identity) {
    Service service =
        new Service(new ServiceName("default", "orders"), new TestSurroundings().get());
    service.update(
        List.of(
            new Service.Member(
                "a",
                List.of(new Service.MemberPort("10.0.0.1", 8080, true, mode)),
                Map.of(),
                Endpoint.Standing.READY)));
    return outbound(service, identity);
  }

  private static Decision outbound(Service service, boolean identity) {
    Pool pool = service.pool(Map.of(), -1, Traffic.DEFAULT);
    return Decision.outbound(pool, service.rule(), null, Pick.ANY, identity, 0);
  }
}

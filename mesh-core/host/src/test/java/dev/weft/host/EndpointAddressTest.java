package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.engine.Endpoint;
import dev.weft.policy.ServiceName;
import dev.weft.policy.SpiffeId;
import dev.weft.policy.TlsMode;
import dev.weft.runtime.tls.EndpointTls;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EndpointAddressTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");
  private static final SpiffeId PAY = new SpiffeId("weft.internal", "default", "pay");
  private static final Endpoint.Facts FACTS =
      new Endpoint.Facts(
          new ServiceName("default", "orders"),
          "an-instance",
          "10.0.0.1",
          8080,
          TlsMode.PERMISSIVE,
          Endpoint.Standing.READY,
          Map.of());

  private static EndpointAddress mtls(SpiffeId peer, long identity, long turn) {
    EndpointTls tls =
        new MeshTls(InstantSource.system(), new TlsCounters(), null)
            .client(peer.sniHost(), Set.of(peer))
            .endpoint();
    return EndpointAddress.mtls(FACTS, tls, Set.of(peer), identity, turn);
  }

  @Test
  void labels_tellApartWhatPoolsMustKeepApart() {
    List<EndpointAddress> addresses =
        List.of(
            EndpointAddress.plaintext(FACTS),
            mtls(ORDERS, 1, 0),
            mtls(PAY, 1, 0),
            mtls(ORDERS, 2, 0),
            mtls(ORDERS, 2, 1),
            mtls(ORDERS, 2, 12),
            mtls(ORDERS, 21, 2));
    assertThat(addresses).extracting(EndpointAddress::getHostString).doesNotHaveDuplicates();
    assertThat(addresses)
        .allSatisfy(a -> assertThat(a.getAddress().getAddress()).containsExactly(10, 0, 0, 1));
  }

  @Test
  void whatHasShownNothing_isNotOver() {
    assertThat(EndpointAddress.plaintext(FACTS).over()).isFalse();
    assertThat(mtls(ORDERS, 1, 0).over()).isFalse();
  }
}

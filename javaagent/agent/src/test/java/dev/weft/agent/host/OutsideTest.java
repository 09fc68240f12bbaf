package dev.weft.agent.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.runtime.telemetry.OutsideTable;
import dev.weft.wire.Message;
import elsewhere.Connecting;
import elsewhere.known.Library;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutsideTest {
  private final List<Throwable> faults = new ArrayList<>();
  private final OutsideTable table = new OutsideTable(port -> false);
  private final Outside outside =
      new Outside(
          table,
          name -> name.startsWith("elsewhere.known."),
          name -> name.startsWith("elsewhere.known."),
          () -> {},
          faults::add);
  private final InetSocketAddress payments = InetSocketAddress.createUnresolved("payments", 8080);

  @Test
  void whoeverMakesAConnectionIsNamed() {
    Connecting.connect(outside, payments);
    assertThat(table.entries())
        .containsExactly(new Message.Outside("elsewhere.Connecting", "payments", 8080));
  }

  @Test
  void whatWeMakeOurselves_orAnAdapterStandsBefore_isNot() {
    outside.connecting(payments);
    outside.bound(new InetSocketAddress(9000));
    Library.connect(outside, payments);
    Library.bind(outside, new InetSocketAddress(9000));
    assertThat(table.entries()).isEmpty();
  }

  @Test
  void aPortThatIsBound() {
    Connecting.bind(outside, new InetSocketAddress(9000));
    Connecting.bind(outside, null);
    Connecting.bind(outside, UnixDomainSocketAddress.of("/x"));
    assertThat(table.entries())
        .containsExactly(new Message.Outside("elsewhere.Connecting", "", 9000));
  }

  @Test
  void whatIsNoneOfTheInternet_orBreaks_harmsNobody() {
    Connecting.connect(outside, UnixDomainSocketAddress.of("/x"));
    Connecting.connect(outside, null);
    assertThat(table.entries()).isEmpty();
    assertThat(faults).isEmpty();
    table.onChange(
        () -> {
          throw new IllegalStateException("for the test");
        });
    Connecting.connect(outside, payments);
    assertThat(faults).hasSize(1);
  }
}

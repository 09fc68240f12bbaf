package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StrangersTest {
  private final Strangers strangers = new Strangers(6, 3);
  private final List<String> closed = new ArrayList<>();

  private Strangers.Stranger admit(String address, String name) {
    return strangers.admit(new InetSocketAddress(address, 1), () -> closed.add(name));
  }

  @Test
  void whoComesWithMany_drivesOutHisOwn_theSilentFirst() {
    admit("10.0.0.1", "a").advance(Strangers.Stage.SHAKING_HANDS);
    admit("10.0.0.1", "b");
    admit("10.0.0.1", "c");
    admit("10.0.0.2", "another's");
    admit("10.0.0.1", "d");
    admit("10.0.0.1", "e").advance(Strangers.Stage.JOINING);
    assertThat(closed).containsExactly("b", "c");
    admit("10.0.0.1", "f").advance(Strangers.Stage.JOINING);
    admit("10.0.0.1", "g").advance(Strangers.Stage.JOINING);
    admit("10.0.0.1", "h");
    assertThat(closed).containsExactly("b", "c", "d", "a", "e");
  }

  @Test
  void aNetworkOf64Bits_isOneSource_andLoopbackIsNone() {
    for (int i = 0; i < 4; i++) {
      admit("2001:db8::" + i, "v6 " + i);
    }
    assertThat(closed).containsExactly("v6 0");
    admit("2001:db8:0:1::1", "its neighbour");
    assertThat(closed).hasSize(1);

    Strangers local = new Strangers(6, 3);
    for (int i = 0; i < 6; i++) {
      local.admit(new InetSocketAddress("127.0.0.1", 1), () -> closed.add("local"));
    }
    assertThat(closed).hasSize(1);
    assertThat(local.size()).isEqualTo(6);
  }

  @Test
  void whenAllRoomIsTaken_itIsMadeWhereMostIs_andNeverWhereSomebodySaysSomething() {
    admit("10.0.0.1", "1a").advance(Strangers.Stage.SHAKING_HANDS);
    admit("10.0.0.1", "1b").advance(Strangers.Stage.SHAKING_HANDS);
    admit("10.0.0.1", "1c").advance(Strangers.Stage.SHAKING_HANDS);
    admit("10.0.0.2", "2a");
    admit("10.0.0.3", "3a");
    admit("10.0.0.3", "3b");
    admit("10.0.0.4", "4a");
    assertThat(closed).as("most silent ones").containsExactly("3a");
    admit("10.0.0.5", "5a");
    assertThat(closed).hasSize(2).doesNotContain("1a");
    assertThat(strangers.size()).isEqualTo(6);
  }

  @Test
  void whoHasSaidWhoHeIs_orHasGone_isNotCounted() {
    Strangers.Stranger first = admit("10.0.0.1", "a");
    first.leave();
    first.leave();
    first.advance(Strangers.Stage.JOINING);
    assertThat(strangers.size()).isZero();
    for (int i = 0; i < 4; i++) {
      admit("10.0.0.1", "b" + i);
    }
    assertThat(closed).containsExactly("b0");
    assertThat(strangers.size()).isEqualTo(3);
  }
}

package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is let go when there are too many, or too much is held. */
class CrowdTest {
  private final List<String> gone = new ArrayList<>();
  private final Crowd crowd = new Crowd(4, 3, 112_000, 1_000);

  private final class Somebody implements Crowd.Member {
    private final String name;
    private final Crowd.Place place;
    private long held;
    private boolean asking;

    Somebody(String name) {
      this(name, null);
    }

    Somebody(String name, @Nullable Object source) {
      this.name = name;
      this.place = new Crowd.Place(this, source);
    }

    Somebody enters() {
      assertThat(crowd.enter(place)).as(name + " enters").isTrue();
      return this;
    }

    Somebody holds(long bytes) {
      held = bytes;
      crowd.changed(place);
      return this;
    }

    Somebody asks(boolean now) {
      asking = now;
      crowd.changed(place);
      return this;
    }

    @Override
    public long held() {
      return held;
    }

    @Override
    public boolean asking() {
      return asking;
    }

    @Override
    public void letGo() {
      gone.add(name);
    }
  }

  private Somebody somebody(String name) {
    return new Somebody(name).enters();
  }

  @Test
  void theEldestUnfinishedHeadGoesFirst_askersOnlyIfTheyHoldMuch() {
    Somebody slow = somebody("slow").asks(true).holds(30_000);
    somebody("busy").asks(true).holds(Crowd.SMALL);
    Somebody first = somebody("first").holds(30_000);
    Somebody second = somebody("second").holds(30_000);
    first.holds(35_000);
    assertThat(gone).isEmpty();
    second.holds(40_000);
    assertThat(gone).containsExactly("first");
    slow.holds(90_000);
    assertThat(gone).containsExactly("first", "second");
    slow.holds(100_000);
    assertThat(gone).containsExactly("first", "second", "slow");
    assertThat(crowd.held()).isEqualTo(Crowd.SMALL);
    assertThat(crowd.members()).isEqualTo(1);
  }

  @Test
  void whatHasBeenTakenMeanwhileIsNotCounted() {
    Somebody done = somebody("done").asks(true).holds(90_000);
    done.held = 0; // and nobody tells
    somebody("next").holds(50_000);
    assertThat(gone).isEmpty();
    assertThat(crowd.held()).isEqualTo(50_000);
  }

  @Test
  void newcomersComeBeforeThoseWhoWait_thoseWhoNeverAskedGoFirst() {
    Somebody kept = somebody("kept").asks(true).asks(false);
    somebody("busy").asks(true);
    somebody("unfinished").holds(1);
    somebody("fresh");
    somebody("a").asks(true);
    assertThat(gone).containsExactly("fresh");
    somebody("b").asks(true);
    assertThat(gone).containsExactly("fresh", "unfinished");
    somebody("c").asks(true);
    assertThat(gone).containsExactly("fresh", "unfinished", "kept");
    crowd.leave(kept.place);
    assertThat(crowd.members()).isEqualTo(4);
    assertThat(crowd.enter(new Somebody("one too many").place)).isFalse();
  }

  @Test
  void whoHasItsShare_makesRoomItself_orIsNotLetIn() {
    Somebody other = somebody("other");
    Somebody first = new Somebody("first", "a").enters().asks(true);
    new Somebody("second", "a").enters().asks(true);
    new Somebody("third", "a").enters();
    assertThat(crowd.members()).isEqualTo(4);
    new Somebody("fourth", "a").enters().asks(true);
    assertThat(gone).containsExactly("third");
    crowd.leave(other.place);
    assertThat(crowd.enter(new Somebody("fifth", "a").place)).isFalse();
    new Somebody("another's", "b").enters();
    crowd.leave(first.place);
    assertThat(crowd.enter(new Somebody("sixth", "a").place)).isTrue();
    assertThat(gone).containsExactly("third");
  }

  @Test
  void aNetworkOf64Bits_isOneSource_andThisMachineIsNone() throws IOException {
    assertThat(source("10.0.0.1")).isEqualTo(source("10.0.0.1")).isNotEqualTo(source("10.0.0.2"));
    assertThat(source("2001:db8::1"))
        .isEqualTo(source("2001:db8::2"))
        .isNotEqualTo(source("2001:db8:0:1::1"));
    assertThat(source("127.0.0.1")).isNull();
    assertThat(source("::1")).isNull();
  }

  private static @Nullable Object source(String address) throws IOException {
    return Crowd.source(new InetSocketAddress(InetAddress.getByName(address), 1));
  }

  @Test
  void whoLeavesTakesWhatItHeldWithIt() {
    Somebody one = somebody("one").holds(99_000);
    crowd.leave(one.place);
    crowd.leave(one.place);
    one.holds(200_000);
    assertThat(crowd.held()).isZero();
    assertThat(crowd.members()).isZero();
    assertThat(gone).isEmpty();
  }

  @Test
  void bodiesAreKeptAsLongAsThereIsRoom() {
    assertThat(crowd.keep(600)).isTrue();
    assertThat(crowd.keep(600)).isFalse();
    assertThat(crowd.keep(400)).isTrue();
    assertThat(crowd.keep(0)).isTrue();
    crowd.forget(600);
    assertThat(crowd.keep(600)).isTrue();
  }
}

package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.wire.Frames;
import dev.weft.wire.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What streams may cost, all together. */
class StreamLimitsTest {
  private static final long HEAP = 512L << 20;
  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final StreamLimits limits = StreamLimits.of(HEAP);
  private final Identities identities = new Identities(limits, () -> now);

  @Test
  void whatIsCountedFitsTheHeap() {
    long reported = HEAP / 4; // a Topology's
    long followed = limits.followed() * StreamLimits.BYTES_OF_A_NAME;
    assertThat(limits.frames() + limits.unread() + followed + reported).isLessThan(HEAP / 8 * 5);
    // What is not counted: short frames, of all connections that there can be.
    assertThat((long) FrameDecoder.FREE * MeshLimits.DEFAULTS.connections())
        .as("with a TLS engine of about twice that each, such a coordinator has gigabytes")
        .isLessThan(1L << 30);
  }

  @Test
  void anIdentityHasHalfOfTheConnections_andNobodyElsesAreFewer() {
    for (int i = 0; i < limits.streams(); i++) {
      assertThat(identities.enter("default/thief")).isNotNull();
    }
    assertThat(identities.enter("default/thief")).isNull();
    assertThat(identities.enter("default/shop")).isNotNull();
    assertThat(limits.streams() * 2).isEqualTo(MeshLimits.DEFAULTS.connections());
    identities.leave("default/thief");
    assertThat(identities.enter("default/thief")).isNotNull();
  }

  @Test
  void whoLeavesMostUnreadIsEnded_untilTheOthersFit() {
    Unread unread = new Unread();
    for (int i = 0; i < 10; i++) {
      unread.add("default/thief", 100);
    }
    unread.add("default/slow", 200);
    unread.add("default/shop", 90);
    assertThat(unread.beyond(1_290)).isEmpty();
    assertThat(unread.beyond(1_289)).containsExactly("default/thief");
    assertThat(unread.beyond(100)).containsExactlyInAnyOrder("default/thief", "default/slow");
  }

  @Test
  void bucketsGoIntoDebt_andTimePays() {
    Rate.Bucket bucket = new Rate.Bucket(new Rate(10, 2), now);
    assertThat(bucket.take(10, now)).isZero();
    assertThat(bucket.take(4, now)).isBetween(2 * SECOND, 2 * SECOND + 1);
    assertThat(bucket.tryTake(1, now)).isFalse();
    now += 3 * SECOND;
    assertThat(bucket.tryTake(2, now)).isTrue();
    now += 1_000 * SECOND;
    assertThat(bucket.tryTake(11, now)).as("more than there ever is").isFalse();
    assertThat(bucket.tryTake(10, now)).isTrue();
  }

  @Test
  void whatAnIdentityHasUsedUp_staysSo_overStreamsThatComeAndGo() {
    long messages = (long) limits.messagesOfOne().burst();
    for (int i = 0; i < messages; i++) {
      Identities.Identity thief = identities.enter("default/thief");
      assertThat(new StreamBudget(thief, now).pay(new Message.Ping(), 10, now)).isZero();
      identities.leave("default/thief");
    }
    Identities.Identity thief = identities.enter("default/thief");
    assertThat(new StreamBudget(thief, now).pay(new Message.Ping(), 10, now)).isPositive();
    Identities.Identity shop = identities.enter("default/shop");
    assertThat(new StreamBudget(shop, now).pay(new Message.Ping(), 10, now)).isZero();
    identities.leave("default/thief");
    now += 1_000 * SECOND;
    identities.enter("default/shop");
    assertThat(identities.enter("default/thief")).as("forgotten meanwhile").isNotSameAs(thief);
  }

  @Test
  void longFramesAreOfAQuarter_untilTheyAreWhole_orTheirConnectionIsGone() {
    Quota.Part thief = identities.of("default/thief").frames;
    List<EmbeddedChannel> open = new ArrayList<>();
    long fit = limits.frames() / 4 / Frames.MAX_LENGTH;
    for (int i = 0; i < fit; i++) {
      open.add(begun(thief, Frames.MAX_LENGTH));
    }
    assertThatThrownBy(() -> begun(thief, Frames.MAX_LENGTH))
        .isInstanceOf(FrameDecoder.TooMuch.class)
        .hasMessage("frame: 1048576 bytes, while many are long (expected: at most 16384)");
    begun(thief, FrameDecoder.FREE).finishAndReleaseAll();
    begun(identities.of("default/shop").frames, Frames.MAX_LENGTH).finishAndReleaseAll();

    open.get(0).writeInbound(Unpooled.wrappedBuffer(new byte[Frames.MAX_LENGTH]));
    ByteBuf whole = open.get(0).readInbound();
    assertThat(whole.readableBytes()).isEqualTo(Frames.MAX_LENGTH);
    whole.release();
    open.add(begun(thief, Frames.MAX_LENGTH));
    open.forEach(EmbeddedChannel::finishAndReleaseAll);
    assertThat(identities.frames().taken()).isZero();
  }

  private static EmbeddedChannel begun(Quota.Part memory, int length) {
    FrameDecoder frames = new FrameDecoder(new TlsRecords());
    frames.identified(memory);
    EmbeddedChannel channel = new EmbeddedChannel(frames);
    channel.writeInbound(Unpooled.buffer(5).writeInt(length).writeByte('{'));
    return channel;
  }
}

package dev.weft.proxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.http.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All limits at once are less than the memory. */
class CapacityTest {
  private static final long MIB = 1024 * 1024;
  private static final int MOST_LOOPS = 4;

  @ParameterizedTest
  @ValueSource(longs = {64, 65, 100, 128, 256, 1_024, 4_096, 100_000})
  void whatIsMultipliedFits(long heapMib) {
    long heap = heapMib * MIB;
    Capacity capacity = Capacity.of(heap, heap / 2);
    assertThat(heapAtMost(capacity)).isLessThan(heap);
    assertThat(buffersAtMost(capacity)).isLessThan(heap / 2);
  }

  @Test
  void withFewBuffersLessIsTaken() {
    Capacity capacity = Capacity.of(1_024 * MIB, 32 * MIB);
    assertThat(buffersAtMost(capacity)).isLessThan(32 * MIB);
  }

  @Test
  void oneLoopOfManyHasRoomForTheLargestRequest() {
    Capacity capacity = Capacity.of(Capacity.UNIT, Capacity.UNIT / 2);
    long heads = Limits.DEFAULT.head() + Limits.DEFAULT.trailers() + 200 * 128;
    long transfer = Capacity.HEAP * heads + 8L * Capacity.READ;
    assertThat(capacity.outbound().held() / MOST_LOOPS).isGreaterThan(4 * transfer);
    assertThat(capacity.inbound().kept() / MOST_LOOPS).isGreaterThan(4 * 64 * 1024);
    for (Capacity.Side side : List.of(capacity.inbound(), capacity.outbound())) {
      assertThat(Crowd.SMALL * side.connections())
          .as("what is never let go")
          .isLessThan(side.held());
    }
  }

  private static long heapAtMost(Capacity capacity) {
    Capacity.Side in = capacity.inbound();
    Capacity.Side out = capacity.outbound();
    // Each caller over TLS, and a connection to the application for it; and the other way round.
    long connections =
        (in.connections() + out.connections()) * (Capacity.TLS + Capacity.PLAINTEXT)
            + capacity.idle() * Capacity.TLS;
    return Capacity.BASE
        + connections
        + (in.held() + out.held()) / Capacity.HEAP
        + in.kept()
        + out.kept();
  }

  private static long buffersAtMost(Capacity capacity) {
    return bytes(capacity.inbound()) + bytes(capacity.outbound()) + MOST_LOOPS * Capacity.LOOP;
  }

  private static long bytes(Capacity.Side side) {
    return side.held() + side.kept();
  }
}

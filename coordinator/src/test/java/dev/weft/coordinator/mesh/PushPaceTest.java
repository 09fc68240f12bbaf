package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PushPaceTest {
  private static final int FRAME = 500_000;

  private final PushPace pace = new PushPace(2 * FRAME);
  private final List<Integer> sent = new ArrayList<>();
  private final List<Runnable> agents = new ArrayList<>();

  /** Agents that try again when they are told to. */
  private void push(int count) {
    for (int i = 0; i < count; i++) {
      int agent = i;
      agents.add(() -> push(agent, agents.get(agent)));
    }
    List.copyOf(agents).forEach(Runnable::run);
  }

  private void push(int agent, Runnable again) {
    if (pace.admit(FRAME, again)) {
      sent.add(agent);
    }
  }

  @Test
  void fewAreOnTheirWay_andEverybodyHasHisTurn() {
    push(5);
    assertThat(sent).containsExactly(0, 1);
    pace.done(FRAME);
    assertThat(sent).containsExactly(0, 1, 2);
    for (int i = 0; i < 4; i++) {
      pace.done(FRAME);
    }
    assertThat(sent).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
  }

  @Test
  void whatIsShortDoesNotWait() {
    push(3);
    assertThat(pace.admit(1_000, () -> {})).isTrue();
  }

  @Test
  void whoReadsNothing_holdsUpNobodyForLong() {
    push(2 + 3 * PushPace.AT_LEAST);
    assertThat(sent).hasSize(2);
    for (int i = 1; i <= 3; i++) {
      pace.sweep();
      assertThat(sent).hasSize(2 + i * PushPace.AT_LEAST);
    }
    pace.sweep();
    push(1);
    assertThat(sent).as("nothing is saved up").hasSize(2 + 3 * PushPace.AT_LEAST);
  }

  @Test
  void whoIsGone_isNotWaitedFor() {
    push(3);
    pace.forget(agents.get(2));
    pace.done(FRAME);
    assertThat(sent).containsExactly(0, 1);
  }
}

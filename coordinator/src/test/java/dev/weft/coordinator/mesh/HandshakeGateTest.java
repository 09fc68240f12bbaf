package dev.weft.coordinator.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class HandshakeGateTest {
  private final HandshakeGate gate = new HandshakeGate(2);
  private final List<String> begun = new ArrayList<>();

  private HandshakeGate.Turn enter(String source, String name) {
    return gate.enter(source, turn -> begun.add(name));
  }

  @Test
  void fewAreUnderWay_theOthersWaitForOneToEnd() {
    HandshakeGate.Turn a = enter("x", "a");
    HandshakeGate.Turn b = enter("x", "b");
    enter("x", "c");
    enter("x", "d");
    assertThat(begun).containsExactly("a", "b");
    a.end();
    a.end();
    assertThat(begun).as("it ends once").containsExactly("a", "b", "c");
    b.end();
    assertThat(begun).containsExactly("a", "b", "c", "d");
    assertThat(gate.waiting()).isZero();
  }

  @Test
  void whoHasGoneHasNoTurn() {
    HandshakeGate.Turn a = enter("x", "a");
    enter("x", "b");
    HandshakeGate.Turn gone = enter("x", "gone");
    enter("x", "c");
    gone.end();
    a.end();
    assertThat(begun).containsExactly("a", "b", "c");
  }

  @Test
  void whoComesWithMany_waitsForHisOwn() {
    HandshakeGate.Turn a = enter("many", "a");
    HandshakeGate.Turn b = enter("many", "b");
    for (int i = 0; i < 100; i++) {
      enter("many", "more");
    }
    enter("one", "honest");
    a.end();
    b.end();
    assertThat(begun).containsExactly("a", "b", "more", "honest");
  }

  @Test
  void whoseLoopHasEnded_holdsNoPlace() {
    enter("x", "a");
    for (int i = 0; i < 3; i++) {
      gate.enter(
          "x",
          turn -> {
            throw new RejectedExecutionException();
          });
    }
    enter("x", "b");
    assertThat(begun).containsExactly("a", "b");
  }
}

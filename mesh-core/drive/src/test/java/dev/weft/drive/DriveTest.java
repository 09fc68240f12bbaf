package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DriveTest {
  private final Script script = new Script();

  @Test
  void aFaultInDeciding_isThrown_toWhoDrivesByItself() {
    script.fail("call");
    assertThatThrownBy(() -> script.drive().call(new AnyRequest())).hasMessage("call");
    assertThat(script.faults()).isEmpty();
  }

  @Test
  void aFaultInDeciding_isARefusal_whereNotEverythingMayLeave() {
    script.undecided().refused();
    script.fail("call");
    assertThat(script.drive().call(new AnyRequest())).isNotNull();
    assertThat(script.faults()).containsExactly("call");
  }
}

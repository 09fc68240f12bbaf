package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Async;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriveTest {
  private final Script script = new Script();
  private final List<@Nullable Call> calls = new ArrayList<>();
  private final List<@Nullable Throwable> errors = new ArrayList<>();

  private void call() {
    script
        .drive()
        .call(
            new AnyRequest(),
            Script.REFUSING,
            (call, error) -> {
              calls.add(call);
              errors.add(error);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"call", "find"})
  void aFaultInDeciding_isTold_toWhoDrivesByItself(String method) {
    script.fail(method);
    call();
    assertThat(calls).containsExactly((Call) null);
    assertThat(errors).singleElement().satisfies(error -> assertThat(error).hasMessage(method));
    assertThat(script.faults()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"call", "find"})
  void aFaultInDeciding_isARefusal_whereNotEverythingMayLeave(String method) {
    script.undecided().refused();
    script.fail(method);
    call();
    assertThat(calls).doesNotContainNull().hasSize(1);
    assertThat(errors).containsExactly((Throwable) null);
    assertThat(script.faults()).containsExactly(method);
  }

  @Test
  void whoIsTold_isToldOnce_whateverHeThrows() {
    script.then();
    List<@Nullable Async> told = new ArrayList<>();
    script
        .drive()
        .find(
            new AnyRequest(),
            Script.REFUSING,
            async -> {
              told.add(async);
              throw new IllegalStateException("the library");
            });
    assertThat(told).doesNotContainNull().hasSize(1);
    assertThat(script.faults()).containsExactly("the library");
  }
}

package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Failure;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockingDriverTest {
  private final Script script = new Script();
  private final List<String> closed = new ArrayList<>();

  private Blocking begin() {
    Blocking begun = script.drive().blocking(new AnyRequest());
    assertThat(begun).isNotNull();
    return begun;
  }

  private Closeable connection(String name) {
    return () -> closed.add(name);
  }

  private static IOException error(String message) {
    return new IOException(message);
  }

  // Beginning.

  @Test
  void nobodysBusiness_isLeftAlone() {
    assertThat(script.drive().blocking(new AnyRequest())).isNull();
  }

  @Test
  void anAttempt_isLedToItsAddress() {
    script.then();
    Blocking call = begin();
    assertThat(call.refusal()).isNull();
    assertThat(call.address()).isSameAs(Script.SOMEWHERE);
    assertThat(call.open()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"refusal", "delay", "address", "change"})
  void whatCannotBeRead_isLeftAlone_andAbandoned(String fact) {
    Script.Scripted first = script.then().failing(fact);
    assertThat(script.drive().blocking(new AnyRequest())).isNull();
    assertThat(first.told()).containsExactly("abandoned");
    assertThat(script.faults()).containsExactly(fact);
  }

  @ParameterizedTest
  @ValueSource(strings = {"call", "attempt"})
  void aFaultInDeciding_isLeftAlone(String method) {
    script.then();
    script.fail(method);
    assertThat(script.drive().blocking(new AnyRequest())).isNull();
    assertThat(script.faults()).containsExactly(method);
  }

  @ParameterizedTest
  @ValueSource(strings = {"call", "attempt"})
  void aFaultInDeciding_isRefused_whereNotEverythingMayLeave(String method) {
    script.then();
    script.undecided().refused();
    script.fail(method);
    assertThat(begin().refusal()).isSameAs(Script.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"timeout", "connectTimeout"})
  void aLimitThatCannotBeRead_isNone(String limit) {
    script.then().failing(limit);
    Blocking call = begin();
    assertThat(call.connectNanos()).isZero();
    assertThat(script.time().waiting()).isZero();
    assertThat(script.faults()).containsExactly(limit);
  }

  @Test
  void aTimerThatCannotBeSet_isNone() {
    script.then().timeout(100);
    script.time().breakAlarm();
    assertThat(begin().late()).isFalse();
    assertThat(script.faults()).containsExactly("no alarm");
  }

  @Test
  void delay_isSpentFirst_ofARefusalToo() {
    Script.Scripted first = script.then().refused().delay(700);
    long before = script.time().nanoTime();
    Blocking call = begin();
    assertThat(script.time().nanoTime() - before).isEqualTo(700);
    assertThat(call.refusal()).isSameAs(Script.REFUSED);
    assertThat(call.address()).isNull();
    assertThat(call.open()).isFalse();
    assertThat(first.told()).containsExactly("abandoned");
  }

  @Test
  void copies_areAbandoned() {
    script.then();
    List<Script.Scripted> copies = List.of(script.copy(), script.copy());
    begin();
    assertThat(copies).allSatisfy(copy -> assertThat(copy.told()).containsExactly("abandoned"));
  }

  @Test
  void copiesThatCannotBeAskedFor_areNone() {
    script.then();
    script.fail("mirror");
    assertThat(begin().open()).isTrue();
    assertThat(script.faults()).containsExactly("mirror");
  }

  // The outcome.

  @Test
  void theFirstOutcome_isTold() {
    Script.Scripted first = script.then().timeout(100);
    Blocking call = begin();
    assertThat(call.responded(200, null)).isFalse();
    assertThat(call.failed(error("reset"), null)).isFalse();
    call.abandoned();
    script.time().pass(1_000);
    assertThat(first.told()).containsExactly("200");
    assertThat(call.open()).isFalse();
    assertThat(script.time().waiting()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"responded", "failed", "timedOut", "abandoned", "responseChange"})
  void whatTheMeshThrows_isDelivered(String method) {
    script.then().failing(method).timeout(100);
    Blocking call = begin();
    switch (method) {
      case "failed" -> assertThat(call.failed(error("reset"), Failure.UNSENT)).isFalse();
      case "timedOut" -> script.time().pass(100);
      case "abandoned" -> call.abandoned();
      default -> assertThat(call.responded(200, null)).isFalse();
    }
    assertThat(call.responseChange()).isNull();
    assertThat(call.failed(error("late"), null)).isFalse();
    assertThat(script.faults()).containsExactly(method);
  }

  @Test
  void anAnswer_takesThePlaceOfTheOutcome() {
    script.then().onResponse(Verdict.answer(Script.REFUSED));
    Blocking call = begin();
    assertThat(call.responded(502, null)).isTrue();
    assertThat(call.refusal()).isSameAs(Script.REFUSED);
    assertThat(call.address()).isNull();
    assertThat(call.open()).isFalse();
  }

  // The next attempt.

  @Test
  void aRetry_comesAfterItsDelay_withATimeOfItsOwn() {
    Script.Scripted first = script.then().timeout(100).onFailure(Verdict.retryAfter(50));
    Script.Scripted second = script.then().timeout(100);
    Blocking call = begin();
    script.time().pass(90);
    assertThat(call.failed(error("refused"), Failure.UNSENT)).isTrue();
    script.time().pass(90);
    assertThat(call.late()).isFalse();
    assertThat(call.responded(200, null)).isFalse();
    assertThat(first.told()).containsExactly("refused, unsent");
    assertThat(second.told()).containsExactly("200");
  }

  @Test
  void aRetryThatCannotBeBegun_deliversTheOutcome_andEndsTheCall() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(0));
    script.then().failing("address");
    Blocking call = begin();
    assertThat(call.failed(error("refused"), null)).isFalse();
    assertThat(first.told()).containsExactly("refused", "abandoned");
  }

  @Test
  void anInterruptWhileWaiting_endsTheCall_andIsKept() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(50));
    Script.Scripted second = script.then();
    Blocking call = begin();
    script.time().whileAsleep(() -> Thread.currentThread().interrupt());
    assertThat(call.failed(error("refused"), null)).isFalse();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(first.told()).containsExactly("refused", "abandoned");
    assertThat(second.told()).isEmpty();
  }

  @Test
  void whoHangsUpWhileItWaits_endsTheCall() {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(50));
    Script.Scripted second = script.then();
    Blocking call = begin();
    script.time().whileAsleep(call::abandoned);
    assertThat(call.responded(503, null)).isFalse();
    assertThat(first.told()).containsExactly("503", "abandoned");
    assertThat(second.told()).isEmpty();
  }

  @Test
  void anErrorThatGoesToTheApplication_endsTheCall_whateverTheMeshWants() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(0));
    Script.Scripted second = script.then();
    begin().ended(error("reset"));
    assertThat(first.told()).containsExactly("reset", "abandoned");
    assertThat(second.told()).isEmpty();
  }

  @Test
  void sending_isRepeatedUntilItWorks() throws IOException {
    script.then().onFailure(Verdict.retryAfter(0));
    script.then().onFailure(Verdict.answer(Script.REFUSED));
    Blocking call = begin();
    List<String> sent = new ArrayList<>();
    Object got =
        call.send(
            () -> {
              if (call.refusal() != null) {
                return "answer";
              }
              sent.add("sent");
              throw error("refused");
            });
    assertThat(got).isEqualTo("answer");
    assertThat(sent).hasSize(2);
  }

  @Test
  void sending_dropsWhatIsNotToBeDelivered() throws IOException {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(0));
    Script.Scripted second = script.then();
    Blocking call = begin();
    List<Integer> statuses = new ArrayList<>(List.of(503, 200));
    Blocking.Sending<Integer> sending =
        new Blocking.Sending<>() {
          @Override
          public Integer send() {
            return statuses.remove(0);
          }

          @Override
          public boolean again(Integer status) {
            return call.responded(status, null);
          }
        };
    assertThat(call.send(sending)).isEqualTo(200);
    assertThat(first.told()).containsExactly("503");
    assertThat(second.told()).containsExactly("200");
  }

  @Test
  void sending_saysWhatItKnowsOfAFailure() {
    Script.Scripted first = script.then();
    Blocking.Sending<Object> sending =
        new Blocking.Sending<>() {
          @Override
          public Object send() throws IOException {
            throw error("refused stream");
          }

          @Override
          public Failure known(IOException error) {
            return Failure.UNSENT;
          }
        };
    assertThatThrownBy(() -> begin().send(sending)).hasMessage("refused stream");
    assertThat(first.told()).containsExactly("refused stream, unsent");
  }

  @Test
  void sending_throwsTheFailureThatIsDelivered() {
    script.then().onFailure(Verdict.retryAfter(0));
    script.then();
    List<IOException> errors = new ArrayList<>(List.of(error("first"), error("last")));
    Blocking call = begin();
    assertThatThrownBy(
            () ->
                call.send(
                    () -> {
                      throw errors.remove(0);
                    }))
        .hasMessage("last");
    assertThat(call.open()).isFalse();
  }

  // Its time.

  @Test
  void whenTimeIsOver_theConnectionIsClosed_andWhatWasSaidIsHeardOnce() {
    Script.Scripted first = script.then().timeout(100).onTimeout(Verdict.retryAfter(0));
    Script.Scripted second = script.then();
    Blocking call = begin();
    call.closesLate(connection("first"));
    script.time().pass(100);
    assertThat(closed).containsExactly("first");
    assertThat(call.late()).isTrue();
    assertThat(call.open()).isTrue();
    assertThat(call.failed(error("closed"), null)).isTrue();
    assertThat(first.told()).containsExactly("timed out");
    assertThat(call.late()).isFalse();
    assertThat(call.responded(200, null)).isFalse();
    assertThat(second.told()).containsExactly("200");
  }

  @Test
  void aResponseThatComesTooLate_hearsWhatWasSaid() {
    Script.Scripted first = script.then().timeout(100).onTimeout(Verdict.answer(Script.REFUSED));
    Blocking call = begin();
    script.time().pass(100);
    assertThat(call.responded(200, null)).isTrue();
    assertThat(call.refusal()).isSameAs(Script.REFUSED);
    assertThat(first.told()).containsExactly("timed out");
  }

  @Test
  void aConnectionThatComesTooLate_isClosedAtOnce() {
    script.then().timeout(100);
    Blocking call = begin();
    script.time().pass(100);
    call.closesLate(connection("late"));
    assertThat(closed).containsExactly("late");
  }

  @Test
  void onceTheOutcomeIsTold_noConnectionIsClosed() {
    script.then().timeout(100);
    Blocking call = begin();
    call.closesLate(connection("pooled"));
    call.responded(200, null);
    script.time().pass(1_000);
    assertThat(closed).isEmpty();
  }

  @Test
  void theConnectionOfTheAttemptBefore_isNotClosed() {
    script.then().onResponse(Verdict.retryAfter(0));
    script.then().timeout(100);
    Blocking call = begin();
    call.closesLate(connection("first"));
    call.responded(503, null);
    script.time().pass(100);
    assertThat(closed).isEmpty();
  }

  @Test
  void whoHangsUpAfterTimeIsOver_endsTheCall() {
    Script.Scripted first = script.then().timeout(100).onTimeout(Verdict.retryAfter(0));
    Blocking call = begin();
    script.time().pass(100);
    call.abandoned();
    assertThat(first.told()).containsExactly("timed out", "abandoned");
    assertThat(call.failed(error("closed"), null)).isFalse();
  }

  @Test
  void timeToConnect_countsFromTheFirstQuestion_andIsNeverNothing() {
    script.then().connect(100).onFailure(Verdict.retryAfter(0));
    script.then().connect(100);
    Blocking call = begin();
    script.time().pass(500);
    assertThat(call.connectNanos()).isEqualTo(100);
    script.time().pass(30);
    assertThat(call.connectNanos()).isEqualTo(70);
    script.time().pass(500);
    assertThat(call.connectNanos()).isEqualTo(1);
    call.failed(error("refused"), Failure.UNSENT);
    assertThat(call.connectNanos()).isEqualTo(100);
  }
}

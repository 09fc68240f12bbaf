package dev.weft.drive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.bridge.Async;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Failure;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsyncDriverTest {
  private final Script script = new Script();
  private final FakeCarrier carrier = new FakeCarrier();

  private Async start() {
    Async call = script.begin();
    assertThat(call).isNotNull();
    call.start(carrier);
    call.copies();
    return call;
  }

  private static IOException error(String message) {
    return new IOException(message);
  }

  // Beginning.

  @Test
  void nobodysBusiness_isLeftAlone() {
    assertThat(script.begin()).isNull();
    assertThat(script.drive().once(new AnyRequest())).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"refusal", "delay", "address", "change"})
  void whatCannotBeRead_isLeftAlone_andAbandoned(String fact) {
    Script.Scripted first = script.then().failing(fact);
    assertThat(script.begin()).isNull();
    assertThat(first.told()).containsExactly("abandoned");
    assertThat(script.faults()).containsExactly(fact);
  }

  @Test
  void aFaultInDeciding_isRefused_whereNotEverythingMayLeave() {
    script.then();
    script.undecided().refused();
    script.fail("attempt");
    start();
    assertThat(carrier.seen()).containsExactly("answer 503");
  }

  @Test
  void aResponse_isDelivered() {
    Script.Scripted first = script.then();
    start();
    Driven sent = carrier.sent();
    assertThat(sent.address()).isSameAs(Script.SOMEWHERE);
    assertThat(sent.responded(200, null)).isTrue();
    assertThat(sent.ended(null, null)).isTrue();
    assertThat(first.told()).containsExactly("200");
    assertThat(carrier.seen()).isEmpty();
  }

  @Test
  void delay_isSpentFirst_ofARefusalToo() {
    Script.Scripted first = script.then().refused().delay(700);
    start();
    script.time().pass(699);
    assertThat(carrier.seen()).isEmpty();
    script.time().pass(1);
    assertThat(carrier.seen()).containsExactly("answer 503");
    assertThat(first.told()).containsExactly("abandoned");
  }

  @Test
  void whatTheLibraryThrows_endsTheCall() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(0)).timeout(100);
    carrier.failing(new IllegalArgumentException("no body"));
    start();
    assertThat(carrier.seen()).containsExactly("fail no body");
    assertThat(first.told()).containsExactly("abandoned");
    assertThat(script.time().waiting()).isZero();
  }

  // What the mesh says.

  @Test
  void aRetry_comesWhenTheExchangeHasEnded_afterItsDelay() {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(50));
    Script.Scripted second = script.then();
    start();
    Driven sent = carrier.sent();
    assertThat(sent.responded(503, null)).isFalse();
    script.time().pass(1_000);
    assertThat(carrier.times()).isOne();
    assertThat(sent.ended(null, null)).isFalse();
    script.time().pass(49);
    assertThat(carrier.times()).isOne();
    script.time().pass(1);
    assertThat(carrier.times()).isEqualTo(2);
    assertThat(carrier.sent().responded(200, null)).isTrue();
    assertThat(first.told()).containsExactly("503");
    assertThat(second.told()).containsExactly("200");
  }

  @Test
  void aFailure_isDelivered_orRetried() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(0));
    Script.Scripted second = script.then();
    start();
    assertThat(carrier.sent().ended(error("refused"), Failure.UNSENT)).isFalse();
    assertThat(carrier.sent().ended(error("reset"), null)).isTrue();
    assertThat(first.told()).containsExactly("refused, unsent");
    assertThat(second.told()).containsExactly("reset");
    assertThat(carrier.seen()).isEmpty();
  }

  @Test
  void anAnswer_takesThePlaceOfTheResponse() {
    script.then().onResponse(Verdict.answer(Script.REFUSED));
    start();
    assertThat(carrier.sent().responded(502, null)).isFalse();
    assertThat(carrier.seen()).isEmpty();
    assertThat(carrier.sent().ended(null, null)).isFalse();
    assertThat(carrier.seen()).containsExactly("answer 503");
  }

  @Test
  void aRetryThatCannotBeBegun_deliversTheErrorBefore_andEndsTheCall() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(0));
    script.then().failing("address");
    start();
    carrier.sent().ended(error("refused"), null);
    assertThat(carrier.seen()).containsExactly("fail refused");
    assertThat(first.told()).containsExactly("refused", "abandoned");
  }

  @Test
  void aResponseThatTheLibraryFollowsItself_isNotRetried() {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(0));
    start();
    carrier.sent().answered(302);
    assertThat(carrier.sent().ended(null, null)).isTrue();
    assertThat(first.told()).containsExactly("302", "abandoned");
  }

  // Time.

  @Test
  void whenTimeIsOver_theExchangeIsEnded_andThenWhatWasSaidIsDone() {
    Script.Scripted first = script.then().timeout(100).onTimeout(Verdict.retryAfter(0));
    script.then();
    start();
    Driven sent = carrier.sent();
    script.time().pass(100);
    assertThat(carrier.seen()).containsExactly("cancel 1");
    assertThat(sent.responded(200, null)).isFalse();
    assertThat(sent.ended(new CancellationException(), null)).isFalse();
    assertThat(carrier.times()).isEqualTo(2);
    assertThat(first.told()).containsExactly("timed out");
  }

  @Test
  void theExchangeOfTheAttemptBefore_isEnded_notTheNext() {
    script.then().timeout(100).onTimeout(Verdict.retryAfter(0));
    script.then();
    List<Runnable> steps = carrier.holdSteps();
    start();
    Driven sent = carrier.sent();
    script.time().pass(100);
    assertThat(sent.responded(200, null)).isFalse();
    sent.ended(null, null);
    assertThat(carrier.times()).isEqualTo(2);
    steps.forEach(Runnable::run);
    assertThat(carrier.seen()).containsExactly("cancel 1");
  }

  @Test
  void whenTimeIsOver_andNothingCanBeSaid_itIsTooLate() {
    script.then().timeout(100).failing("timedOut");
    start();
    script.time().pass(100);
    assertThat(carrier.sent().ended(new CancellationException(), null)).isFalse();
    assertThat(carrier.seen()).containsExactly("cancel 1", "too late");
  }

  @Test
  void anOutcome_stopsTheTimer() {
    script.then().timeout(100);
    start();
    carrier.sent().responded(200, null);
    assertThat(script.time().waiting()).isZero();
  }

  @Test
  void theApplicationsOwnTime_spansAllAttempts() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(50));
    Script.Scripted second = script.then().onFailure(Verdict.retryAfter(50));
    carrier.callNanos(100);
    start();
    assertThat(carrier.sent().callNanos()).isZero();
    carrier.sent().ended(error("refused"), null);
    script.time().pass(50);
    assertThat(carrier.sent().callNanos()).isEqualTo(50);
    carrier.sent().ended(error("refused"), null);
    script.time().pass(49);
    assertThat(carrier.seen()).isEmpty();
    script.time().pass(1);
    assertThat(carrier.seen()).containsExactly("too late");
    assertThat(carrier.times()).isEqualTo(2);
    assertThat(first.told()).containsExactly("refused");
    assertThat(second.told()).containsExactly("refused", "abandoned");
  }

  @Test
  void aRetryThatComesAfterTheApplicationsTime_isTooLateAtOnce() {
    script.then().onFailure(Verdict.retryAfter(0));
    carrier.callNanos(100);
    start();
    script.time().pass(200);
    carrier.sent().ended(error("refused"), null);
    assertThat(carrier.seen()).containsExactly("too late");
  }

  // Nobody waits any more.

  @Test
  void whoCancels_endsTheExchange() {
    Script.Scripted first = script.then();
    Async call = start();
    call.cancel();
    assertThat(carrier.seen()).containsExactly("cancel 1");
    assertThat(carrier.sent().ended(new CancellationException(), null)).isTrue();
    assertThat(first.told()).containsExactly("abandoned");
  }

  @Test
  void whoCancelsBeforeTheStart_sendsNothing() {
    Script.Scripted first = script.then();
    Async call = script.begin();
    assertThat(call).isNotNull();
    call.cancel();
    call.start(carrier);
    assertThat(carrier.times()).isZero();
    assertThat(first.told()).containsExactly("abandoned");
  }

  @Test
  void whoCancelsDuringTheDelay_sendsNothing() {
    Script.Scripted first = script.then().delay(700);
    start().cancel();
    script.time().pass(1_000);
    assertThat(carrier.times()).isZero();
    assertThat(first.told()).containsExactly("abandoned");
  }

  @Test
  void whoCancelsBetweenAttempts_endsTheCall() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(50));
    Script.Scripted second = script.then();
    Async call = start();
    carrier.sent().ended(error("refused"), null);
    call.cancel();
    script.time().pass(1_000);
    assertThat(carrier.times()).isOne();
    assertThat(first.told()).containsExactly("refused", "abandoned");
    assertThat(second.told()).isEmpty();
  }

  @Test
  void whoCancelsBetweenHeadAndEnd_endsTheCall() {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(0));
    Async call = start();
    carrier.sent().responded(503, null);
    call.cancel();
    carrier.sent().ended(new CancellationException(), null);
    assertThat(carrier.times()).isOne();
    assertThat(first.told()).containsExactly("503", "abandoned");
  }

  @Test
  void aResponseThatWasWithheld_isNotDelivered_whoeverCancels() {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(0));
    Async call = start();
    carrier.sent().responded(503, null);
    call.cancel();
    assertThat(carrier.sent().ended(null, null)).isFalse();
    assertThat(carrier.times()).isOne();
    assertThat(first.told()).containsExactly("503", "abandoned");
  }

  @Test
  void aResponseAfterSomebodyHasCancelled_isNotDelivered() {
    Script.Scripted first = script.then();
    start().cancel();
    assertThat(carrier.sent().responded(200, null)).isFalse();
    assertThat(carrier.sent().ended(null, null)).isFalse();
    assertThat(first.told()).containsExactly("abandoned");
  }

  @Test
  void aHeadAfterTheEnd_endsTheCall() {
    Script.Scripted first = script.then().onResponse(Verdict.retryAfter(0));
    start();
    Driven sent = carrier.sent();
    sent.ended(null, null);
    assertThat(sent.responded(503, null)).isFalse();
    assertThat(first.told()).containsExactly("503", "abandoned");
    assertThat(carrier.times()).isOne();
  }

  @Test
  void anOutcomeThatNobodyWantsAnyMore_isNotRetried() {
    Script.Scripted first = script.then().onFailure(Verdict.retryAfter(0));
    start();
    carrier.forget();
    assertThat(carrier.sent().ended(error("refused"), null)).isFalse();
    assertThat(carrier.times()).isOne();
    assertThat(first.told()).containsExactly("refused", "abandoned");
  }

  // Challenges.

  @Test
  void aCallGoesOnUnderAnotherRequest_whoseOutcomeCounts() {
    Script.Scripted first = script.then().timeout(100);
    Script.Scripted second = script.then().timeout(100);
    Async call = start();
    script.time().pass(90);
    Driven next = call.continued(new AnyRequest());
    assertThat(next).isNotNull();
    carrier.sent().answered(401);
    script.time().pass(90);
    assertThat(carrier.seen()).isEmpty();
    assertThat(next.responded(200, null)).isTrue();
    assertThat(first.told()).containsExactly("401");
    assertThat(second.told()).containsExactly("200");
  }

  @Test
  void anotherRequestThatIsRefused_isAnsweredAtTheEnd() {
    Script.Scripted first = script.then();
    Script.Scripted second = script.then().refused();
    Async call = start();
    assertThat(call.continued(new AnyRequest())).isNull();
    assertThat(call.continued(new AnyRequest())).isNull();
    Driven sent = carrier.sent();
    assertThat(sent.open()).isFalse();
    assertThat(sent.responded(401, null)).isFalse();
    assertThat(sent.ended(null, null)).isFalse();
    assertThat(carrier.seen()).containsExactly("answer 503");
    assertThat(first.told()).containsExactly("401");
    assertThat(second.told()).containsExactly("abandoned");
  }

  @Test
  void anotherRequestAfterTimeIsOver_isNotMade() {
    Script.Scripted first = script.then().timeout(100);
    script.then();
    Async call = start();
    script.time().pass(100);
    assertThat(call.continued(new AnyRequest())).isNull();
    assertThat(first.told()).containsExactly("timed out");
  }

  // Copies.

  @Test
  void copies_areSentBesides_andNeverAgain() {
    script.then();
    Script.Scripted copied = script.copy().onFailure(Verdict.retryAfter(0));
    FakeCarrier second = carrier.withCopy();
    start();
    assertThat(carrier.times()).isOne();
    assertThat(second.sent().ended(error("refused"), null)).isTrue();
    assertThat(second.times()).isOne();
    assertThat(copied.told()).containsExactly("refused", "abandoned");
    assertThat(script.time().waiting()).isZero();
  }

  @Test
  void aCopyThatTakesTooLong_isGivenUp() {
    script.then();
    Script.Scripted copied = script.copy();
    FakeCarrier second = carrier.withCopy();
    start();
    script.time().pass(TimeUnit.SECONDS.toNanos(30));
    assertThat(second.seen()).containsExactly("cancel 1");
    assertThat(copied.told()).containsExactly("abandoned");
    assertThat(carrier.seen()).isEmpty();
  }

  @Test
  void aRequestThatCannotBeSentTwice_isNotCopied() {
    script.then();
    Script.Scripted copied = script.copy();
    start();
    assertThat(copied.told()).containsExactly("abandoned");
  }

  // One attempt that nobody drives.

  @Test
  void aLoneAttempt_isToldOnce_andNeverMadeAgain() {
    Script.Scripted only = script.then().onResponse(Verdict.retryAfter(0));
    Driven attempt = script.drive().once(new AnyRequest());
    assertThat(attempt).isNotNull();
    attempt.answered(503);
    attempt.ended(error("reset"), null);
    assertThat(only.told()).containsExactly("503", "abandoned");
  }

  @Test
  void aLoneAttemptThatIsRefused_isAbandoned() {
    Script.Scripted only = script.then().refused();
    Driven attempt = script.drive().once(new AnyRequest());
    assertThat(attempt).isNotNull();
    assertThat(attempt.refusal()).isSameAs(Script.REFUSED);
    assertThat(only.told()).containsExactly("abandoned");
  }
}

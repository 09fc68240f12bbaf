package dev.weft.drive;

import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A library that sends nothing, and remembers what it was asked for. */
final class FakeCarrier implements Carrier {
  private final List<Driven> sent = new ArrayList<>();
  private final List<String> seen = new ArrayList<>();
  private @Nullable FakeCarrier copy;
  private @Nullable Throwable failing;
  private boolean wanted = true;
  private long callNanos;
  private Executor executor = Runnable::run;

  /** The attempt that was sent last. */
  Driven sent() {
    return sent.get(sent.size() - 1);
  }

  /** How many attempts were sent. */
  int times() {
    return sent.size();
  }

  /** What else was asked for, in order. */
  List<String> seen() {
    return seen;
  }

  void failing(Throwable error) {
    failing = error;
  }

  void forget() {
    wanted = false;
  }

  void callNanos(long limit) {
    callNanos = limit;
  }

  /** Steps from now on, which the test runs. */
  List<Runnable> holdSteps() {
    List<Runnable> held = new ArrayList<>();
    executor = held::add;
    return held;
  }

  /** What sends copies. */
  FakeCarrier withCopy() {
    FakeCarrier made = new FakeCarrier();
    copy = made;
    return made;
  }

  @Override
  public Runnable send(Driven attempt) throws Throwable {
    sent.add(attempt);
    if (failing != null) {
      throw failing;
    }
    int number = sent.size();
    return () -> seen.add("cancel " + number);
  }

  @Override
  public void answer(Refusal refusal) {
    seen.add("answer " + refusal.status());
  }

  @Override
  public void fail(Throwable error) {
    seen.add("fail " + error.getMessage());
  }

  @Override
  public void tooLate() {
    seen.add("too late");
  }

  @Override
  public boolean wanted() {
    return wanted;
  }

  @Override
  public long callNanos() {
    return callNanos;
  }

  @Override
  public Executor executor() {
    return executor;
  }

  @Override
  public @Nullable Carrier copy() {
    return copy;
  }
}

package dev.weft.testkit;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** An attempt that remembers every outcome it is told. */
public final class TestAttempt implements Attempt {
  /** A method of {@link Attempt}, to make it fail. */
  public enum Op {
    REFUSAL,
    ADDRESS,
    RESPONDED,
    FAILED,
    ABANDONED
  }

  private final @Nullable MeshAddress address;
  private final @Nullable Refusal refusal;
  private final @Nullable Op failing;
  private final Queue<String> outcomes = new ConcurrentLinkedQueue<>();

  private TestAttempt(
      @Nullable MeshAddress address, @Nullable Refusal refusal, @Nullable Op failing) {
    this.address = address;
    this.refusal = refusal;
    this.failing = failing;
  }

  /** Goes to an endpoint. */
  public static TestAttempt to(MeshAddress address) {
    return new TestAttempt(address, null, null);
  }

  /** Goes nowhere. */
  public static TestAttempt refused(Refusal refusal) {
    return new TestAttempt(null, refusal, null);
  }

  /** Goes to an endpoint, but one of its methods throws. */
  public static TestAttempt failing(Op op, MeshAddress address) {
    return new TestAttempt(address, null, op);
  }

  /**
   * What has been reported, as {@code 200}, {@code java.net.ConnectException}, {@code abandoned}.
   */
  public List<String> outcomes() {
    return List.copyOf(outcomes);
  }

  /** The endpoint; null for a refusal. */
  public @Nullable MeshAddress target() {
    return address;
  }

  private void mayFail(Op op) {
    if (failing == op) {
      throw new IllegalStateException("boom in " + op);
    }
  }

  @Override
  public @Nullable Refusal refusal() {
    mayFail(Op.REFUSAL);
    return refusal;
  }

  @Override
  public MeshAddress address() {
    mayFail(Op.ADDRESS);
    if (address == null) {
      throw new IllegalStateException("a refusal has no address");
    }
    return address;
  }

  @Override
  public Verdict responded(int status, @Nullable String retryAfter) {
    outcomes.add(String.valueOf(status));
    mayFail(Op.RESPONDED);
    return Verdict.DELIVER;
  }

  @Override
  public Verdict failed(Throwable error, boolean unsent) {
    outcomes.add(error.getClass().getName());
    mayFail(Op.FAILED);
    return Verdict.DELIVER;
  }

  @Override
  public long delayNanos() {
    return 0;
  }

  @Override
  public @Nullable HeadChange change() {
    return null;
  }

  @Override
  public long timeoutNanos() {
    return 0;
  }

  @Override
  public @Nullable HeadChange responseChange() {
    return null;
  }

  @Override
  public Verdict timedOut() {
    outcomes.add("timed out");
    return Verdict.DELIVER;
  }

  @Override
  public void abandoned() {
    outcomes.add("abandoned");
    mayFail(Op.ABANDONED);
  }
}

package dev.weft.testkit;

import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Attempt;
import dev.weft.drive.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that does what the test says and remembers every outcome it is told. Made ready by its
 * {@code with…} and {@code on…} methods before it is handed out.
 */
public final class TestAttempt implements Attempt {
  /** A method of {@link Attempt}, to make it fail. */
  public enum Op {
    REFUSAL,
    DELAY,
    ADDRESS,
    CHANGE,
    TIMEOUT,
    CONNECT_TIMEOUT,
    RESPONDED,
    RESPONSE_CHANGE,
    FAILED,
    TIMED_OUT,
    ABANDONED
  }

  private final @Nullable MeshAddress address;
  private final @Nullable Refusal refusal;
  private final @Nullable Op failing;
  private final List<String> outcomes = new ArrayList<>();
  private volatile @Nullable HeadChange change;
  private volatile @Nullable HeadChange responseChange;
  private volatile long timeoutNanos;
  private volatile long connectTimeoutNanos;
  private volatile long delayNanos;
  private volatile IntFunction<Verdict> onResponse = status -> Verdict.DELIVER;
  private volatile Verdict onFailure = Verdict.DELIVER;
  private volatile Verdict onTimeout = Verdict.DELIVER;
  private volatile @Nullable Failure known;
  private volatile @Nullable Throwable error;
  private volatile boolean retried;
  private final CountDownLatch givenUp = new CountDownLatch(1);

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

  /** Sends another head. */
  public TestAttempt with(HeadChange requestChange) {
    change = requestChange;
    return this;
  }

  /** Shows another head of the response. */
  public TestAttempt withResponse(HeadChange headChange) {
    responseChange = headChange;
    return this;
  }

  /** Gives the response so long. */
  public TestAttempt withTimeout(Duration timeout) {
    timeoutNanos = timeout.toNanos();
    return this;
  }

  /** Gives a new connection so long. */
  public TestAttempt withConnectTimeout(Duration timeout) {
    connectTimeoutNanos = timeout.toNanos();
    return this;
  }

  /** Lets some time pass first. */
  public TestAttempt withDelay(Duration delay) {
    delayNanos = delay.toNanos();
    return this;
  }

  /** Says this about the status of a response. */
  public TestAttempt onResponse(IntFunction<Verdict> verdict) {
    onResponse = verdict;
    return this;
  }

  /** Says this about an error. */
  public TestAttempt onFailure(Verdict verdict) {
    onFailure = verdict;
    return this;
  }

  /** Says this when its time is over. */
  public TestAttempt onTimeout(Verdict verdict) {
    onTimeout = verdict;
    return this;
  }

  /**
   * What has been reported, as {@code 200}, {@code java.net.ConnectException}, {@code abandoned}.
   * Of a library's own exception, the class of the JDK's that it extends.
   */
  public List<String> outcomes() {
    synchronized (outcomes) {
      return List.copyOf(outcomes);
    }
  }

  /**
   * Waits for the outcome.
   *
   * @return it
   * @throws AssertionError if none comes within half a minute
   */
  public String awaitOutcome() throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    synchronized (outcomes) {
      while (outcomes.isEmpty()) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new AssertionError("an attempt to " + address + " without an outcome");
        }
        outcomes.wait(left);
      }
      return outcomes.get(0);
    }
  }

  /** Whether the error told was said to have left nothing at the server. */
  public boolean unsent() {
    return known == Failure.UNSENT;
  }

  /** Why the attempt failed, as the adapter said it; null if it left that to the JDK's classes. */
  public @Nullable Failure known() {
    return known;
  }

  /** The error told last; null if none has been. */
  public @Nullable Throwable error() {
    return error;
  }

  /**
   * Waits until the call is given up while it waits for the attempt that this one asked for.
   *
   * @throws AssertionError if it is not within half a minute
   */
  public void awaitGivenUp() throws InterruptedException {
    if (!givenUp.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("an attempt to " + address + " that was not given up");
    }
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

  /** Only the first outcome counts; all are remembered. */
  private boolean told(String outcome) {
    synchronized (outcomes) {
      outcomes.add(outcome);
      outcomes.notifyAll();
      return outcomes.size() == 1;
    }
  }

  @Override
  public @Nullable Refusal refusal() {
    mayFail(Op.REFUSAL);
    return refusal;
  }

  @Override
  public long delayNanos() {
    mayFail(Op.DELAY);
    return delayNanos;
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
  public @Nullable HeadChange change() {
    mayFail(Op.CHANGE);
    return change;
  }

  @Override
  public long timeoutNanos() {
    mayFail(Op.TIMEOUT);
    return timeoutNanos;
  }

  @Override
  public long connectTimeoutNanos() {
    mayFail(Op.CONNECT_TIMEOUT);
    return connectTimeoutNanos;
  }

  @Override
  public Verdict responded(int status, @Nullable String retryAfter) {
    boolean counts = told(String.valueOf(status));
    mayFail(Op.RESPONDED);
    return says(counts, counts ? onResponse.apply(status) : Verdict.DELIVER);
  }

  @Override
  public @Nullable HeadChange responseChange() {
    mayFail(Op.RESPONSE_CHANGE);
    return responseChange;
  }

  @Override
  public Verdict failed(Throwable error, @Nullable Failure known) {
    this.known = known;
    this.error = error;
    boolean counts = told(jdkClass(error).getName());
    mayFail(Op.FAILED);
    return says(counts, onFailure);
  }

  private static Class<?> jdkClass(Throwable error) {
    Class<?> type = error.getClass();
    while (!type.getName().startsWith("java")) {
      type = type.getSuperclass();
    }
    return type;
  }

  @Override
  public Verdict timedOut() {
    boolean counts = told("timed out");
    mayFail(Op.TIMED_OUT);
    return says(counts, onTimeout);
  }

  private Verdict says(boolean counts, Verdict verdict) {
    retried = counts && verdict.retry();
    return counts ? verdict : Verdict.DELIVER;
  }

  @Override
  public void abandoned() {
    if (retried) {
      givenUp.countDown();
      return;
    }
    told("abandoned");
    mayFail(Op.ABANDONED);
  }
}

package dev.weft.drive;

import dev.weft.bridge.Async;
import dev.weft.bridge.Carrier;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Request;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The driver of libraries that do not block. One step follows another, on whatever thread the step
 * before ended; only cancellation, and the end of time, come from the side.
 */
final class AsyncDriver implements Async {
  /** A copy that is not answered by then is given up. */
  private static final long COPY_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Drive drive;
  private final long begun;
  private final boolean aside;
  private volatile AsyncTry attempt;

  /** Null until the call is started. */
  private volatile @Nullable Carrier carrier;

  private volatile @Nullable Runnable waiting;

  /** Ends the patience with a copy. */
  private volatile @Nullable Runnable patience;

  private volatile boolean cancelled;

  /** Whether a retry has been asked for and not begun; guarded by this. */
  private boolean wanted;

  /**
   * @param aside whether this sends a copy, whose response nobody waits for
   */
  AsyncDriver(Drive drive, AsyncTry first, boolean aside) {
    this.drive = drive;
    this.begun = drive.time().nanoTime();
    this.aside = aside;
    this.attempt = first;
    first.drivenBy(this, false);
  }

  private Carrier carrier() {
    Carrier started = carrier;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  // Attempts.

  @Override
  public void start(Carrier by) {
    carrier = by;
    begin(attempt);
  }

  @Override
  public void copies() {
    Call call = attempt.call();
    for (Attempt copy; (copy = drive.mirror(call)) != null; ) {
      copy(call, copy, carrier().copy());
    }
  }

  private void copy(Call call, Attempt copy, @Nullable Carrier second) {
    if (second == null) {
      drive.abandon(copy);
      return;
    }
    AsyncTry only = drive.read(call, copy, AsyncTry::new);
    if (only != null) {
      AsyncDriver made = new AsyncDriver(drive, only, true);
      made.carrier = second;
      made.patience = drive.schedule(made::cancel, COPY_NANOS);
      made.begin(only);
    }
  }

  /** Now, or after the delay that the mesh wants; {@link #cancel} finds it from here on. */
  private void begin(AsyncTry next) {
    attempt = next;
    if (next.delayNanos() > 0) {
      later(() -> proceed(next), next.delayNanos());
      if (over()) {
        next.abandoned();
      }
    } else {
      proceed(next);
    }
  }

  private void proceed(AsyncTry next) {
    Refusal refusal = next.refusal();
    if (over() || refusal != null) {
      next.abandoned();
      exchangeEnded();
      if (refusal != null && !over()) {
        carrier().answer(refusal);
      }
      return;
    }
    Runnable end;
    try {
      end = carrier().send(next);
    } catch (Throwable t) {
      // The library's own: there is nothing to be tried again with it.
      next.abandoned();
      exchangeEnded();
      carrier().fail(t);
      return;
    }
    next.sentAs(end);
    start(next);
    if (cancelled) {
      end.run();
    }
  }

  private void start(AsyncTry next) {
    // Off the thread of the mesh: what follows may be the application's code.
    next.start(() -> carrier().executor().execute(next::endExchange));
  }

  // What the mesh says.

  /**
   * Does what the mesh says about an outcome, after the attempt's exchange has ended.
   *
   * @param error what there is to deliver; null for nothing
   * @return whether to deliver it
   */
  boolean acts(Verdict verdict, @Nullable Throwable error) {
    Refusal refusal = verdict.answer();
    if (refusal != null) {
      carrier().answer(refusal);
    } else if (verdict.retry() && !aside) {
      retry(verdict.delayNanos(), error);
    } else if (verdict.retry()) {
      attempt.givenUp(); // a copy is sent once
      return true;
    } else if (error == null) {
      carrier().tooLate();
    } else {
      return true;
    }
    return false;
  }

  private void retry(long delayNanos, @Nullable Throwable error) {
    synchronized (this) {
      wanted = true;
    }
    long left = nanosLeft();
    if (over()) {
      giveUp();
    } else if (left <= delayNanos) {
      if (left <= 0) {
        tooLate();
      } else {
        later(this::tooLate, left);
      }
    } else if (delayNanos > 0) {
      later(() -> again(error), delayNanos);
    } else {
      again(error);
    }
  }

  private void again(@Nullable Throwable lastError) {
    if (over() || !ready()) {
      giveUp();
      return;
    }
    AsyncTry last = attempt;
    AsyncTry next = drive.next(last.call(), AsyncTry::new);
    if (next == null) {
      last.givenUp();
      carrier()
          .fail(
              lastError != null
                  ? lastError
                  : new IOException("the request could not be sent again"));
      return;
    }
    next.drivenBy(this, true);
    begin(next);
  }

  private void tooLate() {
    giveUp();
    carrier().tooLate();
  }

  /** The retry that a verdict has asked for is begun now; false if it has been given up. */
  private synchronized boolean ready() {
    boolean ready = wanted;
    wanted = false;
    return ready;
  }

  /** Tells the mesh that the retry it has asked for will not come, if there is one. */
  private void giveUp() {
    if (ready()) {
      attempt.givenUp();
    }
  }

  // Time.

  /** What is left of the application's own; the most there is if it has set no limit. */
  private long nanosLeft() {
    long limit = carrier().callNanos();
    return limit == 0 ? Long.MAX_VALUE : limit - (drive.time().nanoTime() - begun);
  }

  /** As {@link Driven#callNanos}. */
  long nanosOfRetry() {
    long left = nanosLeft();
    return left == Long.MAX_VALUE ? 0 : Math.max(1, left);
  }

  /** Runs the next step after a while, on no thread of the mesh. */
  private void later(Runnable step, long nanos) {
    Runnable hop = () -> carrier().executor().execute(step);
    try {
      waiting = drive.time().schedule(hop, nanos);
    } catch (Throwable t) {
      drive.fault(t);
      hop.run();
    }
  }

  private static void stop(@Nullable Runnable timer) {
    if (timer != null) {
      timer.run();
    }
  }

  // From the side.

  private boolean over() {
    return cancelled || !carrier().wanted();
  }

  /** Told by the attempt at hand, before it is decided what follows. */
  void exchangeEnded() {
    stop(patience);
  }

  @Override
  public @Nullable Driven continued(Request request) {
    AsyncTry before = attempt;
    if (!before.undecided()) {
      return null;
    }
    AsyncTry next = drive.first(request, AsyncTry::new);
    if (next == null) {
      return null;
    }
    Refusal refusal = next.refusal();
    if (refusal != null) {
      next.abandoned();
      before.keep(Verdict.answer(refusal));
      return null;
    }
    next.drivenBy(this, false);
    if (over() || !before.replacedBy(next)) {
      // Time is over, or the application has lost interest, while this was being asked for.
      next.abandoned();
      return null;
    }
    before.stopTimer();
    attempt = next;
    start(next);
    return next;
  }

  @Override
  public void cancel() {
    cancelled = true;
    stop(waiting);
    giveUp();
    attempt.abandoned();
    attempt.endExchange();
  }
}

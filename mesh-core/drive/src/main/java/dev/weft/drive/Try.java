package dev.weft.drive;

import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * One attempt: what there is to know of it, read once; its time; and its outcome, told once.
 * Whichever comes first decides it: a response, a failure, the end of its time, or nobody waiting
 * any more. But for the constructor, nothing here throws. Safe for use by any thread.
 */
class Try {
  private final Drive drive;
  private final Call call;
  private final Attempt attempt;
  private final @Nullable Refusal refusal;
  private final long delayNanos;
  private final @Nullable MeshAddress address;
  private final @Nullable HeadChange change;
  private final long timeoutNanos;
  private final long connectLimitNanos;

  private volatile @Nullable Runnable timer;

  private volatile boolean connecting;

  /** When a connection has taken too long; 0 while none is made, or if there is no limit. */
  private volatile long connectEnd;

  private boolean decided;
  private boolean replaced;
  private volatile boolean late;

  /** What was said, and is to be done when its exchange ends; null once somebody has heard it. */
  private @Nullable Verdict unheard;

  /** Throws if what cannot be done without cannot be read; whoever calls abandons it then. */
  Try(Drive drive, Call call, Attempt attempt) {
    this.drive = drive;
    this.call = call;
    this.attempt = attempt;
    this.refusal = attempt.refusal();
    this.delayNanos = attempt.delayNanos();
    this.address = refusal == null ? attempt.address() : null;
    this.change = refusal == null ? attempt.change() : null;
    this.timeoutNanos = refusal == null ? limit(true) : 0;
    this.connectLimitNanos = refusal == null ? limit(false) : 0;
  }

  Call call() {
    return call;
  }

  /** To be answered without calling anyone; null to go ahead. */
  public @Nullable Refusal refusal() {
    return refusal;
  }

  /** To pass before anything is done, in nanoseconds; 0, mostly. */
  long delayNanos() {
    return delayNanos;
  }

  /** Where to go; null if {@link #refusal} is not. */
  public @Nullable MeshAddress address() {
    return address;
  }

  /** Of the request's head; null, mostly. */
  public @Nullable HeadChange change() {
    return change;
  }

  /** As {@link dev.weft.bridge.Blocking#connectNanos}. */
  public long connectNanos() {
    if (!connecting) {
      connecting = true;
      if (connectLimitNanos <= 0) {
        return 0;
      }
      long last = drive.time().nanoTime() + connectLimitNanos;
      connectEnd = last == 0 ? 1 : last;
      return connectLimitNanos;
    }
    long end = connectEnd;
    return end == 0 ? 0 : Math.max(1, end - drive.time().nanoTime());
  }

  /** Starts its time, if it has one. */
  void start(Runnable atItsEnd) {
    if (timeoutNanos > 0) {
      timer = drive.schedule(() -> timeOut(atItsEnd), timeoutNanos);
      if (!undecided()) {
        stopTimer(); // it has ended while it was being sent
      }
    }
  }

  /** An attempt whose limits cannot be read has none. */
  private long limit(boolean ofTheResponse) {
    try {
      return ofTheResponse ? attempt.timeoutNanos() : attempt.connectTimeoutNanos();
    } catch (Throwable t) {
      drive.fault(t);
      return 0;
    }
  }

  private void timeOut(Runnable atItsEnd) {
    // All of it under the lock: a response that comes now is to hear what was said, and once an
    // outcome has been told, what would be closed may be another call's.
    synchronized (this) {
      if (decided || replaced) {
        return;
      }
      decided = true;
      late = true;
      unheard = Verdict.DELIVER;
      try {
        unheard = attempt.timedOut();
      } catch (Throwable t) {
        drive.fault(t);
      }
      atItsEnd.run();
    }
  }

  /** Whether its time was over before anything else decided it. */
  boolean late() {
    return late;
  }

  /** Whether nothing has decided it, or nobody has heard yet what did. */
  synchronized boolean awaited() {
    return !decided || unheard != null;
  }

  /** Whether nothing has decided it, nor what is to be done at its end. */
  synchronized boolean undecided() {
    return !decided && unheard == null;
  }

  /** Ends its time, if nothing has decided it; whoever hears of a response may still tell it. */
  final synchronized boolean replace() {
    replaced = undecided();
    return replaced;
  }

  /** True for whoever decides. */
  private synchronized boolean decide() {
    boolean decides = !decided;
    decided = true;
    return decides;
  }

  /** What was said that is still to be done, for the first to ask; null for all others. */
  synchronized @Nullable Verdict hear() {
    Verdict said = unheard;
    unheard = null;
    return said;
  }

  /** What is to be done at its end; false if that has been said already. */
  synchronized boolean keep(Verdict said) {
    boolean first = unheard == null;
    if (first) {
      unheard = said;
    }
    return first;
  }

  final void stopTimer() {
    Runnable cancel = timer;
    if (cancel != null) {
      timer = null;
      cancel.run();
    }
  }

  /** As {@link Attempt#responded}; null if something else has decided it. */
  final @Nullable Verdict tellResponse(int status, @Nullable String retryAfter) {
    stopTimer();
    if (!decide()) {
      return null;
    }
    try {
      return attempt.responded(status, retryAfter);
    } catch (Throwable t) {
      drive.fault(t);
      return Verdict.DELIVER;
    }
  }

  /** As {@link Attempt#responseChange}. */
  public @Nullable HeadChange responseChange() {
    try {
      return attempt.responseChange();
    } catch (Throwable t) {
      drive.fault(t);
      return null;
    }
  }

  /** As {@link Attempt#failed}; null if something else has decided it. */
  final @Nullable Verdict tellFailure(Throwable error, @Nullable Failure known) {
    stopTimer();
    if (!decide()) {
      return null;
    }
    try {
      return attempt.failed(error, known);
    } catch (Throwable t) {
      drive.fault(t);
      return Verdict.DELIVER;
    }
  }

  /** Nobody waits for it any more; and nobody will do what was said. */
  public void abandoned() {
    stopTimer();
    Verdict said = hear();
    if (decide() || (said != null && said.retry())) {
      drive.abandon(attempt);
    }
  }

  /** The attempt that it asked for will not be made: that ends the call. */
  void givenUp() {
    drive.abandon(attempt);
  }
}

package dev.weft.drive;

import dev.weft.bridge.Driven;
import dev.weft.bridge.Failure;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** An attempt whose exchange tells by itself what becomes of it. */
final class AsyncTry extends Try implements Driven {
  /** Null if nobody drives it. */
  private @Nullable AsyncDriver driver;

  private boolean retry;

  /** Ends its exchange; null while there is none. */
  private volatile @Nullable Runnable exchange;

  private volatile boolean ended;

  /** Whether there was a response that is not to be delivered, whatever becomes of the call. */
  private volatile boolean withheld;

  AsyncTry(Drive drive, Call call, Attempt attempt) {
    super(drive, call, attempt);
  }

  /**
   * Before it is handed to anybody.
   *
   * @param again whether it is not the first
   */
  void drivenBy(AsyncDriver by, boolean again) {
    driver = by;
    retry = again;
  }

  /** Another takes its place under the same exchange; false if it is too late for that. */
  boolean replacedBy(AsyncTry next) {
    next.exchange = exchange;
    return !ended && replace();
  }

  void sentAs(Runnable by) {
    exchange = by;
  }

  /** Whoever listens is told that it has ended. */
  void endExchange() {
    Runnable end = exchange;
    if (end != null) {
      end.run();
    }
  }

  @Override
  public long callNanos() {
    return driver == null || !retry ? 0 : driver.nanosOfRetry();
  }

  @Override
  public boolean open() {
    return undecided();
  }

  @Override
  public boolean responded(int status, @Nullable String retryAfter) {
    Verdict said = tellResponse(status, retryAfter);
    if (said != null && (driver == null || delivers(said))) {
      notAgain(said);
      return true;
    }
    withheld = true;
    if (said != null && !keep(said)) {
      notAgain(said); // what the challenge was answered with is refused
    } else if (ended) {
      abandoned();
    }
    return false;
  }

  private boolean delivers(Verdict said) {
    return !said.retry() && said.answer() == null && !awaited();
  }

  @Override
  public void answered(int status) {
    Verdict said = tellResponse(status, null);
    if (said != null) {
      notAgain(said);
    }
  }

  private void notAgain(Verdict said) {
    if (said.retry()) {
      givenUp();
    }
  }

  @Override
  public boolean ended(@Nullable Throwable error, @Nullable Failure known) {
    stopTimer();
    ended = true;
    AsyncDriver by = driver;
    if (by != null) {
      by.exchangeEnded();
    }
    Verdict said = hear();
    if (said != null && by != null) {
      abandoned();
      return by.acts(said, null);
    }
    if (error == null) {
      return !withheld;
    }
    if (error instanceof CancellationException) {
      abandoned();
      return true;
    }
    Verdict failed = tellFailure(error, known);
    if (failed == null) {
      return true;
    }
    if (by == null) {
      notAgain(failed);
      return true;
    }
    return by.acts(failed, error);
  }
}

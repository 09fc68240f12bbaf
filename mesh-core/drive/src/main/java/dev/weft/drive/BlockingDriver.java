package dev.weft.drive;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Request;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The driver of libraries that block. */
final class BlockingDriver implements Blocking {
  private final Drive drive;
  private final Call call;
  private volatile Try attempt;
  private volatile @Nullable Refusal answer;
  private volatile boolean gone;

  /** What the attempt at hand is sent over; null while that is not known. */
  private volatile @Nullable Closeable connection;

  private BlockingDriver(Drive drive, Try first) {
    this.drive = drive;
    this.call = first.call();
    this.attempt = first;
  }

  static @Nullable BlockingDriver begin(Drive drive, Request request) {
    Try first = drive.first(request, Try::new);
    if (first == null) {
      return null;
    }
    BlockingDriver made = new BlockingDriver(drive, first);
    made.begin(first);
    // No copies: who blocks has no thread on which to send them.
    for (Attempt copy; (copy = drive.mirror(made.call)) != null; ) {
      drive.abandon(copy);
    }
    return made;
  }

  private void begin(Try next) {
    pause(next.delayNanos());
    answer = next.refusal();
    if (answer == null) {
      next.start(this::close);
    } else {
      next.abandoned();
    }
  }

  /** An interrupt ends it, and is kept for the library to see. */
  private void pause(long nanos) {
    if (nanos > 0) {
      try {
        drive.time().sleep(nanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void close() {
    Closeable open = connection;
    if (open != null) {
      try {
        open.close();
      } catch (Throwable t) {
        drive.fault(t);
      }
    }
  }

  @Override
  public @Nullable Refusal refusal() {
    return answer;
  }

  @Override
  public @Nullable MeshAddress address() {
    return answer == null ? attempt.address() : null;
  }

  @Override
  public @Nullable HeadChange change() {
    return answer == null ? attempt.change() : null;
  }

  @Override
  public long connectNanos() {
    return attempt.connectNanos();
  }

  @Override
  public void closesLate(Closeable used) {
    Try current = attempt;
    synchronized (current) {
      connection = used;
      if (current.late()) {
        close();
      }
    }
  }

  @Override
  public boolean late() {
    return attempt.late();
  }

  @Override
  public boolean open() {
    return attempt.awaited();
  }

  @Override
  public boolean responded(int status, @Nullable String retryAfter) {
    Try current = attempt;
    return goesOn(current, current.tellResponse(status, retryAfter));
  }

  @Override
  public @Nullable HeadChange responseChange() {
    return attempt.responseChange();
  }

  @Override
  public boolean failed(Throwable error, @Nullable Failure known) {
    Try current = attempt;
    return goesOn(current, current.tellFailure(error, known));
  }

  @Override
  public <R> R send(Sending<R> sending) throws IOException {
    while (true) {
      try {
        R sent = sending.send();
        if (!sending.again(sent)) {
          return sent;
        }
      } catch (IOException e) {
        if (!failed(e, sending.known(e))) {
          throw e;
        }
      }
    }
  }

  @Override
  public void ended(Throwable error) {
    Try last = attempt;
    Verdict said = last.tellFailure(error, null);
    Verdict wanted = said == null ? last.hear() : said;
    if (wanted != null && wanted.retry()) {
      last.givenUp();
    }
  }

  @Override
  public void abandoned() {
    Try last;
    synchronized (this) {
      gone = true;
      last = attempt;
    }
    last.abandoned();
  }

  /**
   * Does what the mesh says about an outcome, now or when time was over; false to deliver it.
   *
   * @param said null if something else has decided the attempt
   */
  private boolean goesOn(Try last, @Nullable Verdict said) {
    Verdict verdict = said == null ? last.hear() : said;
    if (verdict == null) {
      return false;
    }
    Refusal instead = verdict.answer();
    if (instead != null) {
      answer = instead;
      return true;
    }
    if (!verdict.retry()) {
      return false;
    }
    pause(verdict.delayNanos());
    if (gone || Thread.currentThread().isInterrupted()) {
      last.givenUp();
      return false;
    }
    Try next = drive.next(call, Try::new);
    if (next == null) {
      last.givenUp();
      return false;
    }
    connection = null;
    synchronized (this) {
      attempt = next;
    }
    if (gone) {
      next.abandoned();
      return false;
    }
    begin(next);
    return true;
  }
}

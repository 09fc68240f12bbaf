package dev.weft.host;

import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.drive.Verdict;
import dev.weft.engine.Decision;
import dev.weft.engine.Endpoint;
import dev.weft.engine.call.Attempt;
import dev.weft.engine.call.FailureKind;
import dev.weft.engine.call.Next;
import dev.weft.engine.route.HeadEdit;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** One attempt of the engine's as adapters see it. An error in here costs nobody a call. */
final class HostAttempt implements dev.weft.drive.Attempt {
  private static final String[] NONE = {};

  /** As nginx and others count what its client has given up. */
  private static final int CANCELLED = 499;

  private final HostOutbound outbound;
  private final Attempt attempt;
  private final @Nullable EndpointAddress address;
  private final @Nullable Refusal refusal;
  private final @Nullable HostCall call;

  /**
   * @param call that is counted by this attempt's outcome; null for a copy that nobody waits for
   */
  HostAttempt(HostOutbound outbound, Attempt attempt, @Nullable HostCall call) {
    this.outbound = outbound;
    this.attempt = attempt;
    this.call = call;
    this.refusal = outbound.refusal(attempt);
    this.address = refusal == null ? outbound.address(attempt.endpoint(), attempt.mtls()) : null;
  }

  @Override
  public @Nullable Refusal refusal() {
    return refusal;
  }

  @Override
  public long delayNanos() {
    return attempt.delayNanos();
  }

  @Override
  public MeshAddress address() {
    if (address == null) {
      throw new IllegalStateException("refused: " + refusal);
    }
    return address;
  }

  @Override
  public @Nullable HeadChange change() {
    try {
      return change(attempt.requestEdit(), attempt.authority(), attempt.target());
    } catch (RuntimeException | LinkageError e) {
      outbound.fault(e);
      return null;
    }
  }

  @Override
  public @Nullable HeadChange responseChange() {
    return change(attempt.responseEdit(), null, null);
  }

  private static @Nullable HeadChange change(
      @Nullable HeadEdit edit, @Nullable String authority, @Nullable String target) {
    if (edit == null && authority == null && target == null) {
      return null;
    }
    return edit == null
        ? new HeadChange(NONE, NONE, NONE, authority, target)
        : new HeadChange(edit.remove(), edit.set(), edit.add(), authority, target);
  }

  @Override
  public long timeoutNanos() {
    return attempt.timeoutNanos();
  }

  @Override
  public long connectTimeoutNanos() {
    return attempt.connectNanos();
  }

  @Override
  public Verdict responded(int status, @Nullable String retryAfter) {
    try {
      Next next = attempt.responded(status, status == 429 ? nanos(retryAfter) : 0);
      return verdict(next, status, next.why());
    } catch (RuntimeException | LinkageError e) {
      outbound.fault(e);
      return Verdict.DELIVER;
    }
  }

  @Override
  public Verdict failed(Throwable error, @Nullable Failure known) {
    try {
      Failure failure = Failures.of(error, known);
      FailureKind kind = Failures.kind(failure);
      Next next = attempt.failed(kind);
      if (kind == FailureKind.UNREACHED && address != null) {
        outbound.lost(attempt.endpoint(), address, attempt.connectNanos());
      }
      if (!next.retry() && next.answer() == null && address != null) {
        ErrorNotes.append(error, note(next));
      }
      return verdict(next, 0, failure.reason());
    } catch (RuntimeException | LinkageError e) {
      outbound.fault(e);
      return Verdict.DELIVER;
    }
  }

  @Override
  public Verdict timedOut() {
    try {
      return verdict(attempt.timedOut(), 0, "timeout");
    } catch (RuntimeException | LinkageError e) {
      outbound.fault(e);
      return Verdict.DELIVER;
    }
  }

  @Override
  public void abandoned() {
    try {
      attempt.abandoned();
      if (call != null) {
        call.record(CANCELLED, "cancelled", attempt);
      }
    } catch (RuntimeException | LinkageError e) {
      outbound.fault(e);
    }
  }

  /**
   * @param status of the outcome, and what there is to say of it, should it be the last
   */
  private Verdict verdict(Next next, int status, String reason) {
    if (next.retry()) {
      return Verdict.retryAfter(next.delayNanos());
    }
    Decision.Refuse answer = next.answer();
    if (call != null) {
      if (answer == null) {
        call.record(status, reason, attempt);
      } else {
        call.record(answer.status(), answer.error(), attempt);
      }
    }
    return answer == null ? Verdict.DELIVER : Verdict.answer(outbound.problems().refusal(answer));
  }

  private String note(Next next) {
    Endpoint.Facts facts = attempt.endpoint().facts();
    return "calling "
        + facts.service()
        + (outbound.problems().verbose() ? " at " + facts.address() + ":" + facts.port() : "")
        + (attempt.mtls() ? " over mesh TLS" : " in plaintext")
        + (next.why().isEmpty() ? "" : "; " + next.why());
  }

  /** Of a {@code Retry-After}: seconds or a date; 0 if it is neither. */
  private static long nanos(@Nullable String retryAfter) {
    if (retryAfter == null) {
      return 0;
    }
    String text = retryAfter.strip();
    try {
      if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return text.length() > 6
            ? Duration.ofDays(1).toNanos()
            : Integer.parseInt(text) * 1_000_000_000L;
      }
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Math.max(0, Duration.between(Instant.now(), until).toNanos());
    } catch (DateTimeException | ArithmeticException e) {
      return 0;
    }
  }
}

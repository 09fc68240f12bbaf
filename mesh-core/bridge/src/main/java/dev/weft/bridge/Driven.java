package dev.weft.bridge;

import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call, as the adapter of a library that does not block sees it. Its outcome is
 * told once, whoever comes first; what comes later is not heard. Nothing here throws. Safe for use
 * by any thread.
 */
public interface Driven {
  /** To be answered without calling anyone; null to go ahead. An {@link Async} answers itself. */
  @Nullable Refusal refusal();

  /** Where to go; null if {@link #refusal} is not. */
  @Nullable MeshAddress address();

  /** What of the request's head is to be sent otherwise; null, mostly, for nothing. */
  @Nullable HeadChange change();

  /** As {@link Blocking#connectNanos}. */
  long connectNanos();

  /**
   * What is left of the application's own time for the call, in nanoseconds, at least 1; 0 if it
   * has set none, or for the first attempt, whose time the library counts itself.
   */
  long callNanos();

  /** Whether nothing has been told, nor decided otherwise. */
  boolean open();

  /**
   * The headers of a response have arrived. If it is not to be delivered, its body is dropped, and
   * what there is to be done is done when the exchange has {@link #ended}.
   *
   * @param retryAfter value of the {@code Retry-After} field; null if there is none
   * @return whether to deliver it
   */
  boolean responded(int status, @Nullable String retryAfter);

  /**
   * What of the response's head is to be given to the application otherwise; null, mostly, for
   * nothing. To be asked for when a response is delivered.
   */
  @Nullable HeadChange responseChange();

  /** The headers of a response have arrived after which the library goes on by itself. */
  void answered(int status);

  /**
   * The exchange is over. A {@link java.util.concurrent.CancellationException} is nobody's failure.
   *
   * @param error why there is no response, or not the whole of it; null if there is
   * @param known why, as far as the library says more than the JDK's own exceptions do; else null
   * @return whether to deliver what the library has, response or error; otherwise the driver goes
   *     on from here
   */
  boolean ended(@Nullable Throwable error, @Nullable Failure known);

  /** Nobody waits for it any more. */
  void abandoned();
}

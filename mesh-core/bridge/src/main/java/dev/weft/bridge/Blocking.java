package dev.weft.bridge;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One call of the application through a library that blocks, and the attempt that it is at. Waits,
 * counts time, tells each outcome once and begins the next attempt on the calling thread; the
 * adapter sends, and reads. What there is to be known of an attempt is of the one at hand, so it
 * may be another after {@link #responded}, {@link #failed} and {@link #send}.
 *
 * <p>Used by one thread at a time, which need not always be the same; {@link #abandoned} may come
 * from another at any time. But for what {@link #send} passes on, nothing here throws.
 */
public interface Blocking {
  /** Sends the attempt at hand, or takes its {@link #refusal} for an answer. */
  interface Sending<R> {
    /** An {@link IOException} is an outcome of the attempt. */
    R send() throws IOException;

    /**
     * Whether what was sent got what is not to be delivered, as {@link Blocking#responded} has said
     * of it; it is dropped then, and the attempt that is at hand now is to be sent.
     */
    default boolean again(R sent) {
      return false;
    }

    /** See {@link Blocking#failed}; null if the JDK's own exceptions tell. */
    default @Nullable Failure known(IOException error) {
      return null;
    }
  }

  /** What to answer without calling anyone; null to go ahead. */
  @Nullable Refusal refusal();

  /** Where to go; null if {@link #refusal} is not. */
  @Nullable MeshAddress address();

  /** What of the request's head is to be sent otherwise; null, mostly, for nothing. */
  @Nullable HeadChange change();

  /**
   * What is left of the time that a new connection may take, its TLS handshake included: in
   * nanoseconds, counted from when the attempt first asks, at least 1; 0 for no limit.
   */
  long connectNanos();

  /**
   * The shorter limit of two: {@link #connectNanos} and a library's own.
   *
   * @param own in milliseconds; 0 for none
   * @return in milliseconds; 0 for none
   */
  default int connectMillis(int own) {
    long nanos = connectNanos();
    if (nanos == 0) {
      return own;
    }
    int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(1, nanos / 1_000_000));
    return own > 0 ? Math.min(own, millis) : millis;
  }

  /**
   * What to close when the attempt's time is over; it is closed at once if that is so already. Must
   * not block. Once the outcome has been told, nothing is closed any more.
   */
  void closesLate(Closeable connection);

  /** Whether the attempt's time is over: whatever it fails with now, it fails for that. */
  boolean late();

  /** Whether an outcome is still to be told. */
  boolean open();

  /**
   * The headers of a response have arrived.
   *
   * @param retryAfter value of the {@code Retry-After} field; null if there is none
   * @return whether to send once more, or to answer, instead of delivering it
   */
  boolean responded(int status, @Nullable String retryAfter);

  /**
   * What of the response's head is to be given to the application otherwise; null, mostly, for
   * nothing. To be asked for when a response is delivered.
   */
  @Nullable HeadChange responseChange();

  /**
   * The attempt failed before a response arrived. If the error is to be delivered, what the mesh
   * knows is appended to its message.
   *
   * @param known why, as far as the library says more than the JDK's own exceptions do; else null
   * @return whether to send once more, or to answer, instead of delivering the error
   */
  boolean failed(Throwable error, @Nullable Failure known);

  /**
   * Sends until there is something to deliver.
   *
   * @throws IOException the failure that is to be delivered
   */
  <R> R send(Sending<R> sending) throws IOException;

  /** The application gets an error: nothing more is tried. */
  void ended(Throwable error);

  /** The application has lost interest: nothing more is tried. */
  void abandoned();
}

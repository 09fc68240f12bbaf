package dev.weft.runtime;

import java.time.Duration;

/**
 * How somebody waits for what a coordinator has not told yet: by standing still, or by leaving and
 * asking once more when there is something to be heard.
 */
public interface Patience {
  /** Who waits looks so often whether he may wait longer. */
  long STEP_NANOS = Duration.ofMillis(50).toNanos();

  /** Stands still. */
  Patience BLOCKING = Patience::stand;

  /**
   * Returns when it is to be gone on with, whatever is known then.
   *
   * @throws NotYet to leave; whoever asks knows what for
   */
  void await(Awaited what);

  /** Ends a question that is going to be asked again, from wherever it has come to. */
  final class NotYet extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** One for all: it says nothing of where it was thrown. */
    public static final NotYet INSTANCE = new NotYet();

    private NotYet() {
      super("not known yet", null, false, false);
    }
  }

  /** What is waited for, and for how long. Of one who waits. */
  abstract class Awaited {
    private final Signal signal;

    Awaited(Signal signal) {
      this.signal = signal;
    }

    public final Signal signal() {
      return signal;
    }

    /**
     * How much longer, as things stand now.
     *
     * @param waited nanoseconds so far
     */
    public abstract long nanosLeft(long waited);

    /** It was waited for to the end. */
    public void inVain() {}
  }

  private static void stand(Awaited what) {
    if (what.signal().isSet()) {
      return;
    }
    long waited = 0;
    try {
      // In steps, for a coordinator that begins to answer meanwhile is waited for longer.
      for (long left = what.nanosLeft(0); left > 0; left = what.nanosLeft(waited)) {
        long step = Math.min(left, STEP_NANOS);
        if (what.signal().await(step)) {
          return;
        }
        waited += step;
      }
      what.inVain();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

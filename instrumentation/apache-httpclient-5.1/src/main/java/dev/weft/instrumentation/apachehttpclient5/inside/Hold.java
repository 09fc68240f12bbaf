package dev.weft.instrumentation.apachehttpclient5.inside;

import dev.weft.bridge.Blocking;
import dev.weft.bridge.Waiting;
import java.io.Closeable;
import org.apache.hc.core5.concurrent.Cancellable;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.jspecify.annotations.Nullable;

/**
 * Where a call can be taken hold of from other threads: the application gives it up, or the time of
 * an attempt is over. What there is to be ended is first a place in the queue for a connection,
 * then the connection; while the mesh holds the call back, it is the wait.
 */
final class Hold implements CancellableDependency, Closeable {
  private final Waiting waiting = new Waiting();
  private @Nullable Blocking call;
  private @Nullable Cancellable current;
  private boolean late;
  private boolean cancelled;

  /** The mesh has it. */
  void waits() {
    waiting.begins();
  }

  /** The mesh has decided; on the thread that has waited. */
  void goesOn() {
    waiting.ends();
  }

  /** An attempt begins. */
  void sends(Blocking led) {
    boolean over;
    goesOn();
    synchronized (this) {
      current = null;
      late = false;
      call = led;
      over = cancelled;
    }
    if (over) {
      led.abandoned(); // the library's next step is its last
    }
    led.closesLate(this);
  }

  /** Whether the application has given the call up. */
  synchronized boolean givenUp() {
    return cancelled;
  }

  @Override
  public void setDependency(Cancellable next) {
    boolean over;
    synchronized (this) {
      current = next;
      over = cancelled || late;
    }
    if (over) {
      next.cancel();
    }
  }

  /** What the library asks before each step. */
  @Override
  public synchronized boolean isCancelled() {
    return cancelled || late;
  }

  /** The application gives up. */
  @Override
  public boolean cancel() {
    Cancellable end;
    Blocking told;
    synchronized (this) {
      if (cancelled) {
        return false;
      }
      cancelled = true;
      end = current;
      told = call;
    }
    waiting.wake();
    if (told != null) {
      told.abandoned();
    }
    if (end != null) {
      end.cancel();
    }
    return true;
  }

  /** The time of the attempt is over. */
  @Override
  public void close() {
    Cancellable end;
    synchronized (this) {
      late = true;
      end = current;
    }
    if (end != null) {
      end.cancel();
    }
  }
}

package dev.weft.bridge;

import org.jspecify.annotations.Nullable;

/**
 * A thread while it may be waiting for the mesh, for whoever gives its call up: a library's own
 * ways to do that end connections, and there is none then. An interrupt of ours ends the waiting,
 * and is never seen by anybody else. Safe for use by any thread.
 */
public final class Waiting {
  private @Nullable Thread thread;
  private boolean woken;

  /** This thread is about to ask the mesh. */
  public synchronized void begins() {
    thread = Thread.currentThread();
  }

  /** It has been answered; on the same thread, and also where {@link #begins} was not called. */
  public synchronized void ends() {
    thread = null;
    if (woken) {
      woken = false;
      Thread.interrupted();
    }
  }

  /** The call is given up. */
  public synchronized void wake() {
    // One that the application has interrupted wakes by that, and is to see it.
    if (thread != null && !woken && !thread.isInterrupted()) {
      woken = true;
      thread.interrupt();
    }
  }
}

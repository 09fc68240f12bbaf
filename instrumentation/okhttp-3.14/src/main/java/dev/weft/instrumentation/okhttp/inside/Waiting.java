package dev.weft.instrumentation.okhttp.inside;

import okhttp3.Call;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a call, while it may be waiting for the mesh: the library's own ways to cancel a
 * call end connections, and there is none then. An interrupt of ours ends the waiting and is never
 * seen by anybody else.
 */
final class Waiting {
  private final Call call;
  private @Nullable Thread thread;
  private boolean woken;

  Waiting(Call call) {
    this.call = call;
  }

  /** This thread is about to ask the mesh. */
  void begins() {
    synchronized (this) {
      thread = Thread.currentThread();
    }
    if (call.isCanceled()) {
      wake();
    }
  }

  /** It has been answered. */
  synchronized void ends() {
    thread = null;
    if (woken) {
      woken = false;
      Thread.interrupted();
    }
  }

  synchronized void wake() {
    // One that the application has interrupted wakes by that, and is to see it.
    if (thread != null && !woken && !thread.isInterrupted()) {
      woken = true;
      thread.interrupt();
    }
  }
}

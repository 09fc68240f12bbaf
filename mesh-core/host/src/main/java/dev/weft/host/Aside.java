package dev.weft.host;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of {@link dev.weft.bridge.Mesh#aside}; none while nobody needs one. */
final class Aside {
  /**
   * The application's interceptors may wait there. Whoever comes when all do is served after them.
   */
  private static final int MOST = 256;

  private static final int IDLE_SECONDS = 5;

  static final Executor THREADS = threads();

  private Aside() {}

  static Executor threads() {
    return new ThreadPoolExecutor(
        0,
        MOST,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new Waiting(),
        Aside::thread,
        (step, pool) -> pool.getQueue().add(step));
  }

  /**
   * Takes a step only from an idle thread's hand to hand: another is made first, and only when
   * there are as many as there may be does one wait here.
   */
  private static final class Waiting extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean offer(Runnable step) {
      return tryTransfer(step);
    }

    @Override
    public boolean add(Runnable step) {
      return super.offer(step);
    }
  }

  /** Whoever needs one first, nothing of his comes along; the application's classes are seen. */
  private static Thread thread(Runnable work) {
    Thread thread = new Thread(null, work, "weft-aside", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return thread;
  }
}

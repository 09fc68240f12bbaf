package dev.weft.host;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of {@link dev.weft.bridge.Mesh#aside} and {@link dev.weft.bridge.Mesh#handshakes};
 * none while nobody needs one.
 */
final class Aside {
  /**
   * The application's interceptors may wait there. Whoever comes when all do is served after them.
   */
  private static final int MOST = 256;

  private static final int IDLE_SECONDS = 5;

  static final Executor THREADS = threads();

  /** What waits there is one task a connection, whose handshake has a limit of its own. */
  static final Executor HANDSHAKES = computing(Runtime.getRuntime().availableProcessors());

  private Aside() {}

  private static Executor computing(int processors) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            processors,
            processors,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> thread(work, "weft-handshake"));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  static Executor threads() {
    return new ThreadPoolExecutor(
        0,
        MOST,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new Waiting(),
        work -> thread(work, "weft-aside"),
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
  private static Thread thread(Runnable work, String name) {
    Thread thread = new Thread(null, work, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return thread;
  }
}

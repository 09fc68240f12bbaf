package dev.weft.host;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
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

  private static Executor threads() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            MOST, MOST, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Aside::thread);
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Whoever needs one first, nothing of his comes along; the application's classes are seen. */
  private static Thread thread(Runnable work) {
    Thread thread = new Thread(null, work, "weft-aside", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
    return thread;
  }
}

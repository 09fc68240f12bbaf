package dev.weft.instrumentation.apachehttpclient5.inside;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for what has none: to go on after a delay, or when the mesh has heard what it waited for.
 * The JDK's common pool would be the application's, whose threads may all be waiting for these very
 * calls.
 */
final class Aside implements ThreadFactory {
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
            MOST, MOST, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new Aside());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "weft-httpclient-aside");
    thread.setDaemon(true);
    return thread;
  }
}

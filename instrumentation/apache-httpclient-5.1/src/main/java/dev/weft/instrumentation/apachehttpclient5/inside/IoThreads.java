package dev.weft.instrumentation.apachehttpclient5.inside;

import java.util.concurrent.ThreadFactory;
import org.apache.hc.core5.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;

/** Makes a client's threads as ever, and knows those of its reactor, which must never wait. */
final class IoThreads implements ThreadFactory {
  private static final String REACTOR = "org.apache.hc.core5.reactor.";
  private static final ThreadLocal<Boolean> CURRENT = new ThreadLocal<>();

  private final @Nullable ThreadFactory own;
  private final ThreadFactory dispatch = new DefaultThreadFactory("httpclient-dispatch", true);
  private final ThreadFactory main = new DefaultThreadFactory("httpclient-main", true);

  /**
   * @param own the application's; null for the library's
   */
  private IoThreads(@Nullable ThreadFactory own) {
    this.own = own;
  }

  static ThreadFactory of(@Nullable ThreadFactory own) {
    return own instanceof IoThreads ? own : new IoThreads(own);
  }

  static boolean isCurrent() {
    return CURRENT.get() != null;
  }

  @Override
  public @Nullable Thread newThread(Runnable work) {
    boolean reactor = work.getClass().getName().startsWith(REACTOR);
    ThreadFactory by = own != null ? own : reactor ? dispatch : main;
    return by.newThread(reactor ? new Marked(work) : work);
  }

  /** What a thread of the reactor runs. */
  static final class Marked implements Runnable {
    private final Runnable work;

    Marked(Runnable work) {
      this.work = work;
    }

    @Override
    public void run() {
      CURRENT.set(Boolean.TRUE);
      try {
        work.run();
      } finally {
        CURRENT.remove();
      }
    }
  }
}

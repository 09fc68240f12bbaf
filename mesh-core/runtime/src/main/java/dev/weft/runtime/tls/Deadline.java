package dev.weft.runtime.tls;

import java.net.Socket;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Closes a socket unless it is told in time that all is well. SO_TIMEOUT bounds one read; a peer
 * that sends a byte now and then would hold the caller's thread for as long as it likes.
 */
final class Deadline implements Runnable {
  private static final long IDLE_SECONDS = 10;

  private final Socket socket;
  private final AtomicBoolean decided = new AtomicBoolean();
  private @Nullable Future<?> timer;

  private Deadline(Socket socket) {
    this.socket = socket;
  }

  /** A deadline that runs until its {@link #end()}. */
  static Deadline start(Socket socket, int millis) {
    Deadline deadline = new Deadline(socket);
    deadline.timer = Timer.EXECUTOR.schedule(deadline, millis, TimeUnit.MILLISECONDS);
    return deadline;
  }

  /** The timer's. */
  @Override
  public void run() {
    if (decided.compareAndSet(false, true)) {
      Handshakes.closeQuietly(socket);
    }
  }

  /** For the thread that started it. Whether this was in time; if not, the socket is closed. */
  boolean end() {
    boolean inTime = decided.compareAndSet(false, true);
    if (timer != null) {
      timer.cancel(false);
    }
    return inTime;
  }

  /** One daemon thread, made when the first handshake begins and gone when none are left. */
  private static final class Timer implements ThreadFactory {
    static final ScheduledThreadPoolExecutor EXECUTOR = executor();

    private static ScheduledThreadPoolExecutor executor() {
      ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, new Timer());
      executor.setRemoveOnCancelPolicy(true);
      executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
      executor.allowCoreThreadTimeOut(true);
      return executor;
    }

    @Override
    public Thread newThread(Runnable task) {
      // Nothing of the application's thread that happens to be the first: no locals, no loader.
      Thread thread = new Thread(null, task, "weft-tls-deadline", 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
      return thread;
    }
  }
}

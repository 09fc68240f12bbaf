package dev.weft.host;

import dev.weft.bridge.Request;
import dev.weft.drive.Call;
import dev.weft.drive.RequestContext;
import dev.weft.drive.Time;
import dev.weft.runtime.Patience;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A question that holds no thread: where it would have to wait it stops, and is asked once more,
 * from the beginning, when what it waited for has been told, or takes too long. After that it waits
 * for nothing any more. One thread at a time.
 */
final class Asking implements Patience, Runnable {
  private final HostOutbound outbound;
  private final Request request;
  private final @Nullable RequestContext context = RequestContext.current();
  private final Time time;
  private final Executor later;
  private final BiConsumer<@Nullable Call, @Nullable Throwable> found;

  /** Whether it has waited in vain. */
  private volatile boolean tired;

  Asking(
      HostOutbound outbound,
      Request request,
      Time time,
      Executor later,
      BiConsumer<@Nullable Call, @Nullable Throwable> found) {
    this.outbound = outbound;
    this.request = request;
    this.time = time;
    this.later = later;
    this.found = found;
  }

  /** Asks, and asks again. */
  @Override
  public void run() {
    Call call;
    try {
      call = outbound.call(request, context, this);
    } catch (NotYet e) {
      return;
    } catch (RuntimeException | Error e) {
      found.accept(null, e);
      return;
    }
    found.accept(call, null);
  }

  @Override
  public void await(Awaited what) {
    if (tired || what.signal().isSet()) {
      return;
    }
    if (what.nanosLeft(0) <= 0) {
      what.inVain();
      return;
    }
    new Wait(what).begin();
    throw NotYet.INSTANCE;
  }

  /** One stop. What ends it first, the news or the time, goes on. */
  private final class Wait implements Runnable {
    private final Awaited what;
    private @Nullable Runnable alarm;
    private long waited;
    private boolean over;

    Wait(Awaited what) {
      this.what = what;
    }

    void begin() {
      if (what.signal().listen(this)) {
        look();
      } else {
        run();
      }
    }

    /** In steps, for a coordinator that begins to answer meanwhile is waited for longer. */
    private void look() {
      if (!goesOn()) {
        end();
      }
    }

    private synchronized boolean goesOn() {
      if (over) {
        return true; // without us
      }
      long left = what.nanosLeft(waited);
      if (left > 0) {
        long step = Math.min(left, STEP_NANOS);
        waited += step;
        try {
          alarm = time.schedule(this::look, step);
          return true;
        } catch (RuntimeException | Error e) {
          outbound.fault(e); // who cannot be woken does not go to sleep
        }
      }
      what.inVain();
      tired = true;
      return false;
    }

    /** It has been told. */
    @Override
    public void run() {
      end();
    }

    private void end() {
      if (!isFirst()) {
        return;
      }
      what.signal().forget(this);
      try {
        later.execute(Asking.this);
      } catch (RejectedExecutionException e) {
        return; // it is gone, and so is whoever asks
      } catch (RuntimeException | Error e) {
        tell(e);
      }
    }

    private synchronized boolean isFirst() {
      boolean first = !over;
      over = true;
      Runnable set = alarm;
      if (set != null) {
        set.run();
      }
      return first;
    }

    /** Whose thread this is, nothing may come to it. */
    private void tell(Throwable error) {
      try {
        found.accept(null, error);
      } catch (RuntimeException | Error e) {
        outbound.fault(e);
      }
    }
  }
}

package dev.weft.drive;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Blocking;
import dev.weft.bootstrap.Call;
import dev.weft.bootstrap.Outbound;
import dev.weft.bootstrap.Request;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bridge's outbound end: drivers over what a {@link Source} decides. A fault of ours ends here,
 * counted, and never reaches an adapter. What it costs: a call about which nothing was decided is
 * {@link Source#undecided}; one that has been is driven on without what could not be read.
 */
public final class Drive implements Outbound {
  private final Source source;
  private final Time time;
  private final Consumer<Throwable> faults;

  /**
   * @param faults counts and logs errors of the agent itself; never throws
   */
  public Drive(Source source, Time time, Consumer<Throwable> faults) {
    this.source = source;
    this.time = time;
    this.faults = faults;
  }

  @Override
  public @Nullable Call call(Request request) {
    try {
      return source.call(request);
    } catch (RuntimeException | Error e) {
      Call refused = undecided(request);
      if (refused == null) {
        throw e;
      }
      fault(e);
      return refused;
    }
  }

  private @Nullable Call decided(Request request) {
    try {
      return call(request);
    } catch (Throwable t) {
      fault(t);
      return null;
    }
  }

  private @Nullable Call undecided(Request request) {
    try {
      return source.undecided(request);
    } catch (Throwable t) {
      fault(t);
      return null;
    }
  }

  @Override
  public @Nullable Blocking blocking(Request request) {
    return BlockingDriver.begin(this, request);
  }

  @Override
  public Runnable schedule(Runnable task, long delayNanos) {
    return time.schedule(task, delayNanos);
  }

  // ---- for drivers

  Time time() {
    return time;
  }

  void fault(Throwable error) {
    faults.accept(error);
  }

  /** Begins a call and its first attempt; null to leave it alone. */
  @Nullable Try first(Request request) {
    Call call = decided(request);
    Try first = call == null ? null : next(call);
    if (call == null || first != null) {
      return first;
    }
    Call refused = undecided(request);
    return refused == null ? null : next(refused);
  }

  /** Begins the next attempt of a call; null for a fault of ours. */
  @Nullable Try next(Call call) {
    Attempt attempt = null;
    try {
      attempt = call.attempt();
      return new Try(this, call, attempt);
    } catch (Throwable t) {
      fault(t);
      if (attempt != null) {
        abandon(attempt);
      }
      return null;
    }
  }

  /** The next copy that a call asks for; null if there is none left. */
  @Nullable Attempt mirror(Call call) {
    try {
      return call.mirror();
    } catch (Throwable t) {
      fault(t);
      return null;
    }
  }

  void abandon(Attempt attempt) {
    try {
      attempt.abandoned();
    } catch (Throwable t) {
      fault(t);
    }
  }
}

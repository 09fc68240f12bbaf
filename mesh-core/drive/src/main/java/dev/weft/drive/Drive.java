package dev.weft.drive;

import dev.weft.bridge.Async;
import dev.weft.bridge.Blocking;
import dev.weft.bridge.Driven;
import dev.weft.bridge.Outbound;
import dev.weft.bridge.Request;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
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

  /** Names of the classes of requests; as many as there are adapters. */
  private final Set<String> askers = ConcurrentHashMap.newKeySet();

  /**
   * @param faults counts and logs errors of the agent itself; never throws
   */
  public Drive(Source source, Time time, Consumer<Throwable> faults) {
    this.source = source;
    this.time = time;
    this.faults = faults;
  }

  /** For an event loop, which so drives what is its own by its own clock. */
  public Drive at(Time other, Consumer<Throwable> otherFaults) {
    return new Drive(source, other, otherFaults);
  }

  /** Begins a call of {@link #call}'s, or somebody's own; null for a fault of ours. */
  public @Nullable Async async(Call call) {
    return driver(next(call, AsyncTry::new));
  }

  private @Nullable Async driver(@Nullable AsyncTry first) {
    return first == null ? null : new AsyncDriver(this, first, false);
  }

  /**
   * As {@link Source#find}, for who has an answer of his own to a fault of ours: that is told,
   * unless the call is to be refused for it.
   */
  public void call(
      Request request, Executor later, BiConsumer<@Nullable Call, @Nullable Throwable> found) {
    Answer answer = new Answer(request, found);
    try {
      source.find(request, later, answer);
    } catch (Throwable t) {
      answer.accept(null, t);
    }
  }

  /** Passes on what a {@link Source} answers, once. */
  private final class Answer implements BiConsumer<@Nullable Call, @Nullable Throwable> {
    private final Request request;
    private final BiConsumer<@Nullable Call, @Nullable Throwable> found;
    private boolean told;

    Answer(Request request, BiConsumer<@Nullable Call, @Nullable Throwable> found) {
      this.request = request;
      this.found = found;
    }

    private synchronized boolean isFirst() {
      boolean first = !told;
      told = true;
      return first;
    }

    @Override
    public void accept(@Nullable Call call, @Nullable Throwable error) {
      if (!isFirst()) {
        if (error != null) {
          fault(error); // of whoever was told
        }
        return;
      }
      Call refused = error == null ? null : undecided(request);
      if (error != null && refused != null) {
        fault(error);
        found.accept(refused, null);
      } else {
        found.accept(call, error);
      }
    }
  }

  private @Nullable Call decided(Request request) {
    asked(request);
    try {
      return source.call(request);
    } catch (Throwable t) {
      fault(t);
      return undecided(request);
    }
  }

  private void asked(Request request) {
    String asker = request.getClass().getName();
    if (!askers.contains(asker)) {
      askers.add(asker);
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

  /** Whether anybody has asked about a request whose class is in this package, or below it. */
  public boolean askedBy(String packageName) {
    return askers.stream().anyMatch(name -> name.startsWith(packageName + "."));
  }

  @Override
  public @Nullable Blocking blocking(Request request) {
    return BlockingDriver.begin(this, request);
  }

  @Override
  public void find(Request request, @Nullable Executor later, Consumer<@Nullable Async> found) {
    if (later == null) {
      found.accept(driver(first(request, AsyncTry::new)));
      return;
    }
    asked(request);
    call(
        request,
        later,
        (call, error) -> {
          if (error != null) {
            fault(error);
          }
          found.accept(driver(first(request, call, AsyncTry::new)));
        });
  }

  @Override
  public @Nullable Driven once(Request request) {
    AsyncTry only = first(request, AsyncTry::new);
    if (only != null && only.refusal() != null) {
      only.abandoned();
    }
    return only;
  }

  // ---- for drivers

  Time time() {
    return time;
  }

  /** As {@link Time#schedule}; what cannot be scheduled is never run. */
  Runnable schedule(Runnable task, long delayNanos) {
    try {
      return time.schedule(task, delayNanos);
    } catch (Throwable t) {
      fault(t);
      return () -> {};
    }
  }

  void fault(Throwable error) {
    faults.accept(error);
  }

  /** What reads an attempt, and throws if it cannot be read. */
  interface Reader<T> {
    T read(Drive drive, Call call, Attempt attempt);
  }

  /** Begins a call and its first attempt; null to leave it alone. */
  <T extends Try> @Nullable T first(Request request, Reader<T> reader) {
    return first(request, decided(request), reader);
  }

  private <T extends Try> @Nullable T first(
      Request request, @Nullable Call call, Reader<T> reader) {
    T first = call == null ? null : next(call, reader);
    if (call == null || first != null) {
      return first;
    }
    Call refused = undecided(request);
    return refused == null ? null : next(refused, reader);
  }

  /** Begins the next attempt of a call; null for a fault of ours. */
  <T extends Try> @Nullable T next(Call call, Reader<T> reader) {
    try {
      return read(call, call.attempt(), reader);
    } catch (Throwable t) {
      fault(t);
      return null;
    }
  }

  /** Reads an attempt; one that cannot be read is abandoned. */
  <T extends Try> @Nullable T read(Call call, Attempt attempt, Reader<T> reader) {
    try {
      return reader.read(this, call, attempt);
    } catch (Throwable t) {
      fault(t);
      abandon(attempt);
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

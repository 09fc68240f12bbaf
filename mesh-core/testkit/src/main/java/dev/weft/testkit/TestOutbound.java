package dev.weft.testkit;

import dev.weft.bridge.Request;
import dev.weft.drive.Attempt;
import dev.weft.drive.Call;
import dev.weft.drive.Drive;
import dev.weft.drive.Source;
import dev.weft.drive.Time;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Routes calls by host name alone, and remembers every request and every attempt. */
public final class TestOutbound implements Source, Time {
  /** A method of {@link Source}, {@link Call} or {@link Time}, to make it fail. */
  public enum Op {
    CALL,
    ATTEMPT,
    MIRROR,
    SCHEDULE
  }

  /** A request as the adapter described it. */
  public record Described(
      String method,
      @Nullable String scheme,
      @Nullable String host,
      int port,
      String path,
      @Nullable String query,
      List<String> kitHeader,
      boolean replayable,
      boolean ownConnection) {}

  /** The header whose values {@link Described#kitHeader} holds. */
  public static final String KIT_HEADER = "X-Kit";

  private static final ScheduledExecutorService TIMER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "test-mesh-timer");
            thread.setDaemon(true);
            return thread;
          });

  private final Map<String, Supplier<TestAttempt>> routes = new ConcurrentHashMap<>();
  private final Map<String, Deque<TestAttempt>> mirrors = new ConcurrentHashMap<>();
  private final List<TestAttempt> attempts = new CopyOnWriteArrayList<>();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final List<Described> described = new CopyOnWriteArrayList<>();
  private final Deque<Runnable> held = new ConcurrentLinkedDeque<>();
  private volatile boolean holding;
  private volatile @Nullable Op failing;

  /** The real drivers over this. */
  public Drive driven() {
    return new Drive(this, this, TestMesh.get()::fault);
  }

  /** Calls to this host get each attempt from here. */
  public void route(String host, Supplier<TestAttempt> attempt) {
    routes.put(host, attempt);
  }

  /** Calls to this host go to these endpoints in turn. */
  public void route(String host, TestEndpoint... endpoints) {
    List<TestEndpoint> order = new ArrayList<>(List.of(endpoints));
    route(
        host,
        () -> {
          synchronized (order) {
            order.add(order.remove(0));
            return TestAttempt.to(order.get(order.size() - 1));
          }
        });
  }

  /** Calls to this host get these attempts, one after another, and then the last of them again. */
  public void script(String host, List<Supplier<TestAttempt>> script) {
    Deque<Supplier<TestAttempt>> left = new ConcurrentLinkedDeque<>(script);
    route(host, () -> (left.size() > 1 ? left.remove() : left.element()).get());
  }

  /** The next call to this host is to be copied there. */
  public void mirror(String host, TestAttempt copy) {
    mirrors.computeIfAbsent(host, key -> new ConcurrentLinkedDeque<>()).add(copy);
  }

  /** Makes a method throw from now on; null: none. */
  public void fail(@Nullable Op op) {
    failing = op;
  }

  /** Every attempt made, in order. */
  public List<TestAttempt> attempts() {
    return attempts;
  }

  /**
   * Waits for the first attempt.
   *
   * @throws AssertionError if none is begun within half a minute
   */
  public TestAttempt awaitAttempt() throws InterruptedException {
    if (!begun.await(30, TimeUnit.SECONDS)) {
      throw new AssertionError("no attempt");
    }
    return attempts.get(0);
  }

  /** The outcomes of every attempt made, in order, each as a list that should hold one. */
  public List<List<String>> outcomes() {
    return attempts.stream().map(TestAttempt::outcomes).toList();
  }

  /** Every request asked about, in order. */
  public List<Described> described() {
    return described;
  }

  /** Every question, as {@code scheme://host:port}. */
  public List<String> asked() {
    return described.stream().map(r -> r.scheme() + "://" + r.host() + ":" + r.port()).toList();
  }

  private void mayFail(Op op) {
    if (failing == op) {
      throw new IllegalStateException("boom in " + op);
    }
  }

  @Override
  public @Nullable Call call(Request request) {
    if (holding) {
      throw new IllegalStateException("asked by who waits, and would for ever");
    }
    String host = request.host();
    described.add(
        new Described(
            request.method(),
            request.scheme(),
            host,
            request.port(),
            request.path(),
            request.query(),
            List.copyOf(request.header(KIT_HEADER)),
            request.replayable(),
            request.ownConnection()));
    mayFail(Op.CALL);
    Supplier<TestAttempt> route = host == null ? null : routes.get(host);
    return host == null || route == null ? null : new ScriptedCall(request, host, route);
  }

  /** From now on a name is not known before {@link #tell}; only who does not block may ask. */
  public void hold() {
    holding = true;
  }

  /** How many have asked meanwhile. */
  public int held() {
    return held.size();
  }

  /** See {@link #hold}. */
  public void tell() {
    holding = false;
    for (Runnable each; (each = held.poll()) != null; ) {
      each.run();
    }
  }

  @Override
  public void find(
      Request request, Executor later, BiConsumer<@Nullable Call, @Nullable Throwable> found) {
    if (holding) {
      held.add(() -> later.execute(() -> answer(request, found)));
    } else {
      answer(request, found);
    }
  }

  private void answer(Request request, BiConsumer<@Nullable Call, @Nullable Throwable> found) {
    Call call;
    try {
      call = call(request);
    } catch (RuntimeException e) {
      found.accept(null, e);
      return;
    }
    found.accept(call, null);
  }

  @Override
  public @Nullable Call undecided(Request request) {
    return null;
  }

  @Override
  public Runnable schedule(Runnable task, long delayNanos) {
    mayFail(Op.SCHEDULE);
    ScheduledFuture<?> scheduled = TIMER.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  private final class ScriptedCall implements Call {
    private final Request request;
    private final String host;
    private final Supplier<TestAttempt> route;

    /**
     * @param request kept and asked again, as the mesh does: it must not keep alive what the
     *     adapter knows of this call by
     */
    ScriptedCall(Request request, String host, Supplier<TestAttempt> route) {
      this.request = request;
      this.host = host;
      this.route = route;
    }

    @Override
    public Attempt attempt() {
      mayFail(Op.ATTEMPT);
      if (request.method().isEmpty()) {
        throw new IllegalStateException("a request without a method");
      }
      TestAttempt attempt = route.get();
      attempts.add(attempt);
      begun.countDown();
      return attempt;
    }

    @Override
    public @Nullable Attempt mirror() {
      mayFail(Op.MIRROR);
      Deque<TestAttempt> copies = mirrors.get(host);
      return copies == null ? null : copies.poll();
    }
  }
}

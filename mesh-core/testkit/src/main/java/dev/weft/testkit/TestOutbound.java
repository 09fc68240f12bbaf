package dev.weft.testkit;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.Call;
import dev.weft.bootstrap.Outbound;
import dev.weft.bootstrap.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Routes calls by host name alone, and remembers every attempt. */
public final class TestOutbound implements Outbound {
  private final Map<String, Supplier<TestAttempt>> routes = new ConcurrentHashMap<>();
  private final List<TestAttempt> attempts = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  /** Calls to this host get an attempt from here. */
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

  /** Every attempt made, in order. */
  public List<TestAttempt> attempts() {
    return attempts;
  }

  /** The outcomes of every attempt made, in order, each as a list that should hold one. */
  public List<List<String>> outcomes() {
    return attempts.stream().map(TestAttempt::outcomes).toList();
  }

  /** Every question, as {@code scheme://host:port}. */
  public List<String> asked() {
    return asked;
  }

  @Override
  public @Nullable Call call(Request request) {
    String host = request.host();
    asked.add(request.scheme() + "://" + host + ":" + request.port());
    Supplier<TestAttempt> route = host == null ? null : routes.get(host);
    if (route == null) {
      return null;
    }
    TestAttempt attempt = route.get();
    attempts.add(attempt);
    return new OneAttempt(attempt);
  }

  @Override
  public Runnable schedule(Runnable task, long delayNanos) {
    throw new UnsupportedOperationException("schedule");
  }

  private record OneAttempt(Attempt attempt) implements Call {
    @Override
    public @Nullable Attempt mirror() {
      return null;
    }
  }
}

package dev.weft.host;

import dev.weft.engine.Endpoint;
import dev.weft.runtime.Member;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Endpoints that refused a connection are left out at once, and tried in the background until one
 * takes a connection, and is who it should be, again.
 */
final class Reachability {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LAST = Duration.ofSeconds(10);
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final int MAX_PROBES = 4;

  private final Member member;
  private final ThreadPoolExecutor probes;

  Reachability(Member member) {
    this.member = member;
    this.probes =
        new ThreadPoolExecutor(
            0,
            MAX_PROBES,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(null, task, "weft-probe", 0, false);
              thread.setDaemon(true);
              thread.setContextClassLoader(null);
              return thread;
            });
  }

  /**
   * An endpoint could not be reached.
   *
   * @param connectNanos how long policy lets a connection take to be made; 0: it does not say. One
   *     that takes longer is as good as none here too
   */
  void lost(Endpoint endpoint, EndpointAddress address, long connectNanos) {
    if (endpoint.becomeUnreachable()) {
      Duration limit = Duration.ofNanos(connectNanos);
      boolean shorter = connectNanos > 0 && limit.compareTo(CONNECT) < 0;
      new Search(endpoint, address, shorter ? limit : CONNECT).goOnAfter(FIRST);
    }
  }

  /** For one endpoint that is lost, until it is found or gone. */
  private final class Search {
    private final Endpoint endpoint;
    private final EndpointAddress address;
    private final Duration limit;

    Search(Endpoint endpoint, EndpointAddress address, Duration limit) {
      this.endpoint = endpoint;
      this.address = address;
      this.limit = limit;
    }

    void goOnAfter(Duration delay) {
      member.timer().schedule(() -> submit(delay), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void submit(Duration delay) {
      if (endpoint.health() != Endpoint.Health.UNREACHABLE || endpoint.gone()) {
        return;
      }
      try {
        probes.execute(() -> probe(delay));
      } catch (RejectedExecutionException e) {
        goOnAfter(delay);
      }
    }

    private void probe(Duration delay) {
      try {
        Dialer.open(address, limit).close();
        endpoint.becomeReachable();
      } catch (IOException | RuntimeException e) {
        Duration next = delay.multipliedBy(2);
        goOnAfter(next.compareTo(LAST) < 0 ? next : LAST);
      }
    }
  }
}

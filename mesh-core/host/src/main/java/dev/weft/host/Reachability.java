package dev.weft.host;

import dev.weft.engine.Endpoint;
import dev.weft.runtime.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
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
  private static final int CONNECT_MILLIS = 2_000;
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

  void lost(Endpoint endpoint, EndpointAddress address) {
    if (endpoint.becomeUnreachable()) {
      probeAfter(FIRST, endpoint, address);
    }
  }

  private void probeAfter(Duration delay, Endpoint endpoint, EndpointAddress address) {
    member
        .timer()
        .schedule(() -> submit(delay, endpoint, address), delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void submit(Duration delay, Endpoint endpoint, EndpointAddress address) {
    if (endpoint.health() != Endpoint.Health.UNREACHABLE || endpoint.gone()) {
      return;
    }
    try {
      probes.execute(() -> probe(delay, endpoint, address));
    } catch (RejectedExecutionException e) {
      probeAfter(delay, endpoint, address);
    }
  }

  private void probe(Duration delay, Endpoint endpoint, EndpointAddress address) {
    try (Socket raw = new Socket(Proxy.NO_PROXY)) {
      raw.connect(
          new InetSocketAddress(
              InetAddress.getByAddress(address.getAddress().getAddress()), address.getPort()),
          CONNECT_MILLIS);
      if (address.tls()) {
        address.layer(raw).close();
      }
      endpoint.becomeReachable();
    } catch (IOException | RuntimeException e) {
      Duration next = delay.multipliedBy(2);
      probeAfter(next.compareTo(LAST) < 0 ? next : LAST, endpoint, address);
    }
  }
}

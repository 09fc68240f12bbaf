package dev.weft.proxy.net;

import dev.weft.bridge.Refusal;
import dev.weft.drive.Drive;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Finds who is behind a host: a service of the mesh, or else an address of the outside. DNS blocks:
 * it is asked on threads of its own.
 */
final class Lookup {
  private static final int THREADS = 16;
  private static final int WAITING = 512;
  private static final int MAX_DIRECT = 1_000;
  private static final int DEFAULT_PORT = 80;

  private record Direct(InetAddress address, int port) {}

  private final Drive outbound;
  private final Answers answers;
  private final ThreadPoolExecutor threads;

  /** One object an address, because connections are kept by it. Those used least are forgotten. */
  private final Map<Direct, DirectAddress> direct =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Direct, DirectAddress> eldest) {
          return size() > MAX_DIRECT;
        }
      };

  Lookup(Drive outbound, Answers answers) {
    this.outbound = outbound;
    this.answers = answers;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(null, task, "weft-lookup", 0, false);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * @param outside whether a host that is none of the mesh's is called too
   * @param loop where this is asked, and {@code found} is told
   */
  void find(ProxyRequest request, boolean outside, EventLoop loop, Site.Found found) {
    outbound.call(
        request,
        loop,
        (call, error) -> {
          if (error != null) {
            answers.fault(error);
            found.refused(answers.refuse(500, "proxy_internal_error", Errors.text(error)));
          } else if (call != null) {
            found.call(call);
          } else if (outside) {
            resolve(request, loop, found);
          } else {
            found.refused(
                answers.refuse(
                    503, "destination_unavailable", request.host() + " is no service of the mesh"));
          }
        });
  }

  private void resolve(ProxyRequest request, EventLoop loop, Site.Found found) {
    try {
      threads.execute(() -> search(request, loop, found));
    } catch (RejectedExecutionException e) {
      found.refused(
          answers.refuse(
              503,
              "destination_unavailable",
              WAITING + " requests are waiting already for names to be found"));
    }
  }

  private void search(ProxyRequest request, EventLoop loop, Site.Found found) {
    Runnable answer;
    try {
      DirectCall call = new DirectCall(addresses(request), request);
      answer = () -> found.call(call);
    } catch (UnknownHostException e) {
      Refusal refusal = answers.failure(e, request.host());
      answer = () -> found.refused(refusal);
    } catch (RuntimeException | Error e) {
      answers.fault(e);
      Refusal refusal = answers.refuse(500, "proxy_internal_error", Errors.text(e));
      answer = () -> found.refused(refusal);
    }
    try {
      loop.execute(answer);
    } catch (RejectedExecutionException e) {
      return; // the proxy ends
    }
  }

  private List<DirectAddress> addresses(ProxyRequest request) throws UnknownHostException {
    String host = request.host();
    if (host == null) {
      throw new UnknownHostException("no host");
    }
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = request.port() == -1 ? DEFAULT_PORT : request.port();
    List<DirectAddress> all = new ArrayList<>();
    for (InetAddress each : InetAddress.getAllByName(plain)) {
      synchronized (direct) {
        all.add(
            direct.computeIfAbsent(
                new Direct(each, port), key -> new DirectAddress(key.address(), key.port())));
      }
    }
    return all;
  }
}

package programs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls at a rate, whatever the answers take: request n is due n ÷ rate seconds after the start. Of
 * each four, one is a GET, a PUT, a DELETE and a POST, the last with an ID of its own.
 */
final class OpenLoop {
  private static final String[] METHODS = {"GET", "PUT", "DELETE", "POST"};
  private static final int THREADS = 32;

  private final Library library;
  private final String url;
  private final double perNano;
  private final long begun = System.nanoTime();
  private final AtomicLong next = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private final Map<String, Integer> failures = new TreeMap<>();
  private final Map<String, Integer> servers = new TreeMap<>();
  private volatile boolean stopped;
  private long ok;
  private long failed;
  private long latest;

  OpenLoop(Library library, int perSecond, String url) {
    this.library = library;
    this.url = url;
    this.perNano = perSecond / 1e9;
    for (int i = 0; i < THREADS; i++) {
      Thread thread = new Thread(this::run);
      threads.add(thread);
      thread.start();
    }
  }

  private void run() {
    while (!stopped) {
      long n = next.getAndIncrement();
      long due = begun + (long) (n / perNano);
      long wait = due - System.nanoTime();
      while (wait > 0 && !stopped) {
        LockSupport.parkNanos(Math.min(wait, 100_000_000));
        wait = due - System.nanoTime();
      }
      if (!stopped) {
        call(METHODS[(int) (n % METHODS.length)], -wait);
      }
    }
  }

  private void call(String method, long late) {
    String failure = null;
    String server = "";
    try {
      String id = UUID.randomUUID().toString();
      List<String> fields = method.equals("POST") ? List.of("x-id", id) : List.of();
      String body = method.equals("POST") || method.equals("PUT") ? "body of " + id : "";
      Library.Answer answer = library.send(method, url, fields, body);
      server = answer.body().split("\n")[0];
      if (answer.status() != 200) {
        failure = answer.status() + " " + answer.body();
      }
    } catch (Exception e) {
      failure = e.toString();
    }
    synchronized (this) {
      latest = Math.max(latest, late);
      if (failure == null) {
        ok++;
        servers.merge(server, 1, Integer::sum);
      } else {
        failed++;
        // Bounded: a test needs to see what went wrong, not each time that it did.
        if (failures.size() < 5 || failures.containsKey(method + " " + failure)) {
          failures.merge(method + " " + failure, 1, Integer::sum);
        }
      }
    }
  }

  /** What has become of the calls since the last time. */
  synchronized String tally() {
    String tally =
        "ok="
            + ok
            + " failed="
            + failed
            + " "
            + servers
            + " late_ms="
            + latest / 1_000_000
            + " "
            + failures;
    ok = 0;
    failed = 0;
    latest = 0;
    servers.clear();
    failures.clear();
    return tally;
  }

  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}

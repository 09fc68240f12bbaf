package com.example.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A customer of the shop from outside: reads carts and places orders, and counts from the answers
 * who called whom. Prints a table, and writes the same as {@code name=value} lines.
 *
 * <pre>Load --port P --marker TEXT --summary FILE [--requests N] [--rate N] [--parallel K]
 *      [--until FILE] [--reads-only true]
 * </pre>
 *
 * <p>With {@code --until} it goes on until that file exists; in any case for five minutes at most.
 * With {@code --rate} it sends that many a second at most: a late answer delays nobody else, and
 * the latencies are those of a service that is not saturated.
 */
public final class Load {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MOST_REASONS = 5;
  private static final Pattern HOP =
      Pattern.compile(
          "\\{\"service\":\"([^\"]*)\",\"version\":\"([^\"]*)\",\"port\":(\\d+),"
              + "\"host\":\"([^\"]*)\",\"scheme\":\"([^\"]*)\",\"secure\":(true|false)\\}");

  private record Hop(
      String service, String version, String port, String host, String scheme, boolean secure) {
    String instance() {
      return service + " " + version + " :" + port;
    }
  }

  private final String origin;
  private final String marker;
  private final int requests;
  private final boolean readsOnly;

  /** Between the starts of two requests; 0: as fast as answers come. */
  private final long intervalNanos;

  private final long startNanos = System.nanoTime();

  /** Null: none. */
  private final Path until;

  private final long endNanos = startNanos + Duration.ofMinutes(5).toNanos();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final AtomicInteger next = new AtomicInteger();

  // Guarded by this.
  private final Map<String, Integer> edges = new TreeMap<>();
  private final List<Long> latencies = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private int failures;
  private int visible;

  private Load(
      String origin, String marker, int requests, int rate, boolean readsOnly, Path until) {
    this.origin = origin;
    this.marker = marker;
    this.requests = requests;
    this.readsOnly = readsOnly;
    this.intervalNanos = rate == 0 ? 0 : Duration.ofSeconds(1).toNanos() / rate;
    this.until = until;
  }

  public static void main(String[] arguments) throws Exception {
    Options options = new Options(arguments);
    String until = options.text("until", "");
    Load load =
        new Load(
            "http://127.0.0.1:" + options.text("port"),
            options.text("marker"),
            options.number("requests", until.isEmpty() ? 200 : Integer.MAX_VALUE),
            options.number("rate", 0),
            Boolean.parseBoolean(options.text("reads-only", "false")),
            until.isEmpty() ? null : Path.of(until));
    List<Thread> customers = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < options.number("parallel", 8); i++) {
      Thread customer = new Thread(load::run, "customer-" + i);
      customer.start();
      customers.add(customer);
    }
    for (Thread customer : customers) {
      customer.join();
    }
    load.report(Path.of(options.text("summary")), System.nanoTime() - start);
  }

  private void run() {
    while (System.nanoTime() < endNanos && (until == null || !Files.exists(until))) {
      int number = next.getAndIncrement();
      if (number >= requests) {
        return;
      }
      if (!waitForTurn(number)) {
        return;
      }
      // Two reads to one order: only the reads may be tried again by whoever is in between.
      boolean order = !readsOnly && number % 3 == 2;
      String item = "item " + number + " " + marker;
      HttpRequest.Builder request = HttpRequest.newBuilder().timeout(PATIENCE);
      if (order) {
        request
            .uri(URI.create(origin + "/checkout"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"item\":\"" + item + "\",\"quantity\":2}"));
      } else {
        request.uri(URI.create(origin + "/cart/" + number));
      }
      String expected = order ? "\"item\":\"" + item + "\"" : "\"order\":\"" + number + "\"";
      long start = System.nanoTime();
      try {
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        answered(response, expected, System.nanoTime() - start);
      } catch (IOException e) {
        failed((order ? "POST /checkout: " : "GET /cart: ") + e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** False if interrupted. */
  private boolean waitForTurn(int number) {
    long early = startNanos + number * intervalNanos - System.nanoTime();
    try {
      if (intervalNanos > 0 && early > 0) {
        TimeUnit.NANOSECONDS.sleep(early);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private synchronized void answered(HttpResponse<String> response, String expected, long nanos) {
    String body = response.body();
    List<Hop> hops = hops(body);
    if (response.statusCode() != 200) {
      failed(response.request().method() + " " + response.statusCode() + ": " + body.strip());
    } else if (hops.size() != 3 || !body.contains(expected)) {
      failed("an answer that is not the right one: " + body.strip());
    } else {
      latencies.add(nanos);
      String caller = "outside";
      for (Hop hop : hops) {
        edges.merge(caller + "\t" + hop.instance(), 1, Integer::sum);
        caller = hop.instance();
        // What the service's code sees must be what the caller's code wrote.
        boolean asWritten = hop.service().equals("shop") || hop.host().equals(hop.service());
        if (!asWritten || hop.secure() || !hop.scheme().equals("http")) {
          visible++;
          remember("not as the caller wrote it: " + hop);
        }
      }
    }
  }

  private static List<Hop> hops(String body) {
    List<Hop> hops = new ArrayList<>();
    Matcher matcher = HOP.matcher(body);
    while (matcher.find()) {
      hops.add(
          new Hop(
              matcher.group(1),
              matcher.group(2),
              matcher.group(3),
              matcher.group(4),
              matcher.group(5),
              Boolean.parseBoolean(matcher.group(6))));
    }
    return hops;
  }

  private synchronized void failed(String reason) {
    failures++;
    remember(reason);
  }

  private void remember(String reason) {
    if (reasons.size() < MOST_REASONS) {
      reasons.add(reason.length() > 300 ? reason.substring(0, 300) + "…" : reason);
    }
  }

  private synchronized void report(Path summary, long nanos) throws IOException {
    long[] sorted = latencies.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    StringBuilder lines = new StringBuilder();
    lines.append("answered=").append(sorted.length).append('\n');
    lines.append("failures=").append(failures).append('\n');
    lines.append("visible=").append(visible).append('\n');
    lines.append("p50=").append(quantile(sorted, 0.50)).append('\n');
    lines.append("p99=").append(quantile(sorted, 0.99)).append('\n');
    lines.append("seconds=").append(String.format("%.1f", nanos / 1e9)).append('\n');
    for (Map.Entry<String, Integer> edge : edges.entrySet()) {
      lines.append("edge=").append(edge.getKey()).append('\t').append(edge.getValue()).append('\n');
    }
    Options.write(summary, lines.toString());
    for (Map.Entry<String, Integer> edge : edges.entrySet()) {
      String[] ends = edge.getKey().split("\t", 2);
      System.out.printf("      %-22s -> %-24s %6d calls%n", ends[0], ends[1], edge.getValue());
    }
    System.out.printf(
        "      %d answered, %d failed in %.1f s; p50 %s ms, p99 %s ms, from outside, all three"
            + " services%n",
        sorted.length, failures, nanos / 1e9, quantile(sorted, 0.50), quantile(sorted, 0.99));
    for (String reason : reasons) {
      System.out.println("      ! " + reason.replace('\n', ' '));
    }
  }

  /** In milliseconds, by nearest rank. */
  private static String quantile(long[] sorted, double share) {
    if (sorted.length == 0) {
      return "-";
    }
    int rank = (int) Math.ceil(share * sorted.length) - 1;
    return String.format("%.1f", sorted[Math.max(0, rank)] / 1e6);
  }
}

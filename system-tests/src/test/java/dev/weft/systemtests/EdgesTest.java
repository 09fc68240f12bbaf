package dev.weft.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Both ends count what was sent, to the request: through retries, failures, the death of an
 * instance and of the coordinator. What a process counted dies with it, so of one that was killed
 * nothing is asked; of its callers, everything.
 */
class EdgesTest {
  private static final int MANY = 400;
  private static final Pattern SAMPLE =
      Pattern.compile("weft_requests_total\\{(.*)} (\\d+)", Pattern.MULTILINE);
  private static final Pattern CODE = Pattern.compile("code=\"(\\d+)\"");

  @RegisterExtension static final Sandbox SANDBOX = new Sandbox();

  /** The traffic of one JDK's programs, and what they themselves know of it. */
  private static final class Traffic {
    final Mesh mesh;
    final Jdk jdk;
    final String shop;
    final String orders;
    final List<Caller> callers = new ArrayList<>();
    final Map<String, Ledger> served = new TreeMap<>();

    Traffic(Mesh mesh, Jdk jdk) {
      this.mesh = mesh;
      this.jdk = jdk;
      this.shop = "shop-" + jdk.name().substring(4);
      this.orders = "orders-" + jdk.name().substring(4);
    }

    private Ledger ledger(String name) {
      Ledger ledger = Ledger.in(SANDBOX, orders + "-" + name);
      served.put(name, ledger);
      return ledger;
    }

    Child server(String name) {
      return ledger(name)
          .served(mesh.member(jdk, orders, name))
          .main(Built.programs(), "programs.JdkServer", name, "0");
    }

    Child tomcat(String name) {
      return ledger(name)
          .served(mesh.member(jdk, orders, name))
          .main(Built.programsAndLibraries(), "programs.TomcatServer", name, "0");
    }

    /** The same as {@link #server}, but not on our agent: it may be of any language. */
    void proxied(String name) {
      int port = Ports.free();
      mesh.proxied(
          jdk,
          orders,
          name,
          Map.of("SERVED", ledger(name).file().toString()),
          port,
          List.of(),
          List.of(
              jdk.java().toString(),
              "-cp",
              Built.programs(),
              "programs.JdkServer",
              name,
              String.valueOf(port)));
    }

    void caller(Caller.Library library) {
      callers.add(Caller.start(mesh.member(jdk, shop, shop), library));
    }

    /** Calls without end; some are answered with a status that is retried, some with another. */
    void start() {
      for (Caller caller : callers) {
        caller.start(
            3, "http://" + orders + "/load", "x-respond-every=503/7", "x-respond-every=500/11");
      }
    }

    void stop() {
      callers.forEach(Caller::stop);
    }

    /** What the load generators know. */
    Map<String, Long> sent() {
      return sum(callers.stream().map(Caller::statuses).toList());
    }

    /** What those servers know that are left. */
    Map<String, Long> received() {
      return sum(served.values().stream().map(Ledger::statuses).toList());
    }

    void awaitMore() {
      long before = total(sent());
      Await.until(MANY + " more calls", () -> total(sent()) >= before + MANY);
    }

    /** The edge as the coordinator tells it. */
    Map<String, Object> edge() {
      return edge(mesh.admin().get("/api/v1/topology").tree());
    }

    private Map<String, Object> edge(Map<String, Object> topology) {
      for (Object each : (List<?>) topology.getOrDefault("edges", List.of())) {
        Map<String, Object> edge = map(each);
        if (edge.get("source").equals("default/" + shop)
            && edge.get("destination").equals("default/" + orders)) {
          return edge;
        }
      }
      throw new AssertionError("no edge from " + shop + " to " + orders + ": " + topology);
    }

    /** The edge as {@code weft edges -o json} prints it. */
    Map<String, Object> printed() {
      Child cli = mesh.cli("edges", "-o", "json");
      assertThat(cli.exit()).as(cli.err()).isZero();
      return edge(map(parsed(cli.out())));
    }

    /** The sum of what the processes of a service serve at their metrics ports. */
    Map<String, Long> metrics(String service, String reporter) {
      List<Map<String, Long>> all = new ArrayList<>();
      for (Object each : (List<?>) parsed(mesh.admin().get("/prometheus/targets").body())) {
        Map<String, Object> target = map(each);
        if (map(target.get("labels")).get("service").equals("default/" + service)) {
          all.add(scrape(String.valueOf(((List<?>) target.get("targets")).get(0)), reporter));
        }
      }
      return sum(all);
    }
  }

  @ParameterizedTest
  @EnumSource(Jdk.class)
  void bothEndsCountWhatWasSent(Jdk jdk) {
    Mesh mesh = Mesh.start(SANDBOX); // one that is restarted ends with its test
    Traffic traffic = new Traffic(mesh, jdk);
    traffic.server("one");
    Child leaving = traffic.tomcat("two");
    Child killed = traffic.tomcat("three");
    traffic.proxied("four");
    mesh.awaitReady(traffic.orders, 4);
    traffic.caller(Caller.Library.HTTP_CLIENT);
    traffic.caller(Caller.Library.HTTP_URL_CONNECTION);

    // Retries and failures alone: every attempt reached somebody who lives.
    traffic.start();
    traffic.awaitMore();
    traffic.stop();
    assertThat(traffic.sent()).containsKeys("200", "500");
    awaitEqual(traffic);
    Map<String, Object> told = traffic.edge();
    assertThat(number(told, "retries")).isPositive();
    assertThat(total(traffic.sent()) + number(told, "retries"))
        .as("each attempt is a call or a retry: %s", told)
        .isEqualTo(total(traffic.received()));

    traffic.start();
    traffic.awaitMore();
    mesh.coordinator().kill();
    mesh.coordinator().exit();
    traffic.awaitMore(); // counted while nobody is there to be told
    mesh.startAgain();
    traffic.awaitMore();
    killed.kill();
    killed.exit();
    traffic.served.remove("three");
    traffic.awaitMore();
    mesh.coordinator().terminate();
    mesh.coordinator().exit();
    traffic.awaitMore();
    mesh.startAgain();
    traffic.awaitMore();
    traffic.stop();
    awaitEqual(traffic);

    // One that leaves in good order says what it has come to; that is kept.
    Map<String, Object> callee = map(traffic.edge().get("callee"));
    leaving.terminate();
    leaving.exit();
    Await.until(
        "it is gone",
        () -> Collections.frequency(mesh.admin().states(traffic.orders), "READY") == 2);
    assertThat(traffic.edge()).containsEntry("callee", callee);
  }

  /** Waits for the reports of both ends, and compares all that says how many there were. */
  private static void awaitEqual(Traffic traffic) {
    Map<String, Long> sent = traffic.sent();
    Map<String, Long> received = traffic.received();
    Await.until(
        "both ends have reported",
        () -> {
          Map<String, Object> edge = traffic.edge();
          assertThat(codes(edge, "caller")).isEqualTo(sent);
          assertThat(codes(edge, "callee")).isEqualTo(received);
          return true;
        });
    Map<String, Object> edge = traffic.edge();
    assertThat(number(edge, "requests")).isEqualTo(total(sent));
    Map<String, Object> printed = traffic.printed();
    for (String counted : List.of("requests", "retries", "caller", "callee")) {
      assertThat(printed.get(counted)).as(counted).isEqualTo(edge.get(counted));
    }
    assertThat(traffic.metrics(traffic.shop, "source")).isEqualTo(sent);
    assertThat(traffic.metrics(traffic.orders, "destination")).isEqualTo(received);
  }

  private static Map<String, Long> codes(Map<String, Object> edge, String end) {
    Map<String, Object> counted = map(edge.get(end));
    Map<String, Long> codes = new TreeMap<>();
    map(counted.get("codes")).forEach((code, count) -> codes.put(code, (Long) count));
    assertThat(number(counted, "requests")).isEqualTo(total(codes));
    return codes;
  }

  /** {@code weft_requests_total} of a process by {@code code}, as one of the two ends. */
  private static Map<String, Long> scrape(String address, String reporter) {
    String text;
    try {
      text =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create("http://" + address + "/metrics"))
                      .timeout(Duration.ofSeconds(60))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
    } catch (IOException e) {
      throw new AssertionError(address + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    Map<String, Long> counts = new TreeMap<>();
    Matcher sample = SAMPLE.matcher(text);
    while (sample.find()) {
      Matcher code = CODE.matcher(sample.group(1));
      if (sample.group(1).contains("reporter=\"" + reporter + "\"") && code.find()) {
        counts.merge(code.group(1), Long.valueOf(sample.group(2)), Long::sum);
      }
    }
    return counts;
  }

  private static Map<String, Long> sum(List<Map<String, Long>> counts) {
    Map<String, Long> sum = new TreeMap<>();
    counts.forEach(each -> each.forEach((code, count) -> sum.merge(code, count, Long::sum)));
    return sum;
  }

  private static long total(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static long number(Map<String, Object> tree, String name) {
    return ((Number) tree.get(name)).longValue();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object tree) {
    return tree == null ? Map.of() : (Map<String, Object>) tree;
  }

  private static Object parsed(String json) {
    try {
      return Json.parse(json.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + json, e);
    }
  }
}

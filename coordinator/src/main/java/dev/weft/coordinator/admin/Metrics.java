package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.coordinator.RegistryView;
import dev.weft.coordinator.config.Config;
import dev.weft.coordinator.config.ConfigStore;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.wire.Instance;
import dev.weft.wire.InstanceState;
import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What Prometheus scrapes. The series are few and their number is bounded: routes are those that
 * there are, never paths. Safe for use by any thread.
 */
final class Metrics {
  /** Route of a request that found none. */
  static final String NO_ROUTE = "none";

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH");

  private record Series(String method, String route, int status) implements Comparable<Series> {
    @Override
    public int compareTo(Series other) {
      int byRoute = route.compareTo(other.route);
      int byMethod = method.compareTo(other.method);
      return byRoute != 0
          ? byRoute
          : byMethod != 0 ? byMethod : Integer.compare(status, other.status);
    }
  }

  private static final class Requests {
    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();
  }

  private final ConfigStore config;
  private final RegistryView registry;
  private final Map<Series, Requests> requests = new ConcurrentSkipListMap<>();

  Metrics(ConfigStore config, RegistryView registry) {
    this.config = config;
    this.registry = registry;
  }

  void count(String method, String route, int status, long nanos) {
    String known = METHODS.contains(method) ? method : "other";
    Requests series =
        requests.computeIfAbsent(new Series(known, route, status), s -> new Requests());
    series.count.increment();
    series.nanos.add(nanos);
  }

  Reply reply() {
    return new Reply(
        200, "text/plain; version=0.0.4; charset=utf-8", text().getBytes(UTF_8), Map.of());
  }

  private String text() {
    StringBuilder out = new StringBuilder(4096);
    List<Instance> instances = registry.instances();
    Map<InstanceState, Integer> states = new EnumMap<>(InstanceState.class);
    Set<String> services = new HashSet<>();
    for (Instance instance : instances) {
      states.merge(instance.state(), 1, Integer::sum);
      services.add(instance.namespace() + "/" + instance.service());
    }
    head(out, "weft_coordinator_instances", "gauge", "Instances in the registry, by state.");
    for (InstanceState state : InstanceState.values()) {
      line(
          out,
          "weft_coordinator_instances{state=\"" + state + "\"}",
          states.getOrDefault(state, 0));
    }
    gauge(
        out, "weft_coordinator_services", "Services with at least one instance.", services.size());
    gauge(
        out,
        "weft_coordinator_agents",
        "Agents connected to this coordinator.",
        registry.agents().size());

    Config now = config.current();
    gauge(out, "weft_config_revision", "Revision of policy in force.", now.revision());
    head(out, "weft_config_resources", "gauge", "Resources, by kind.");
    for (Kind kind : Kinds.all()) {
      String prefix = kind.name() + "/";
      long n = now.all().stream().filter(stored -> stored.id().startsWith(prefix)).count();
      line(out, "weft_config_resources{kind=\"" + kind + "\"}", n);
    }
    gauge(
        out,
        "weft_zookeeper_connected",
        "1 while ZooKeeper is connected and policy was read.",
        config.ready() ? 1 : 0);

    head(out, "weft_admin_requests_total", "counter", "Requests to the admin API.");
    requests.forEach(
        (series, r) -> line(out, "weft_admin_requests_total" + labels(series), r.count.sum()));
    head(out, "weft_admin_request_duration_seconds", "summary", "Time that they took.");
    requests.forEach(
        (series, r) -> {
          String labels = labels(series);
          out.append("weft_admin_request_duration_seconds_sum")
              .append(labels)
              .append(String.format(Locale.ROOT, " %.6f\n", r.nanos.sum() / 1e9));
          line(out, "weft_admin_request_duration_seconds_count" + labels, r.count.sum());
        });

    Runtime runtime = Runtime.getRuntime();
    gauge(
        out,
        "jvm_memory_heap_used_bytes",
        "Heap in use.",
        runtime.totalMemory() - runtime.freeMemory());
    gauge(
        out,
        "process_start_time_seconds",
        "When this process started, in seconds since the epoch.",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1000);
    return out.toString();
  }

  private static String labels(Series series) {
    return "{method=\""
        + series.method()
        + "\",route=\""
        + series.route()
        + "\",status=\""
        + series.status()
        + "\"}";
  }

  private static void gauge(StringBuilder out, String name, String help, long value) {
    head(out, name, "gauge", help);
    line(out, name, value);
  }

  private static void head(StringBuilder out, String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void line(StringBuilder out, String series, long value) {
    out.append(series).append(' ').append(value).append('\n');
  }
}

package dev.weft.runtime.telemetry;

import dev.weft.engine.Service;
import dev.weft.policy.ServiceName;
import dev.weft.runtime.Log;
import dev.weft.runtime.Settings;
import dev.weft.wire.Bounds;
import dev.weft.wire.EdgeReport;
import dev.weft.wire.LatencyBounds;
import dev.weft.wire.Message;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What this process counts, and the ways out of it. Both hosts have one. Thread-safe; nothing in
 * here throws at a request.
 */
public final class Telemetry {
  /**
   * A request, as the access log tells it.
   *
   * @param path in the form in which policy compares it if it has one, else as sent; null: not
   *     known
   * @param endpoint {@code address:port} of the other end; null: there was none
   * @param traceparent the request's own field; null: it has none
   */
  public record Detail(
      @Nullable String host,
      @Nullable String path,
      @Nullable String endpoint,
      @Nullable String traceparent) {
    public static final Detail NONE = new Detail(null, null, null, null);
  }

  private static final double NANOS_PER_MILLI = 1e6;

  private final EdgeTable edges = new EdgeTable();
  private final PlaintextCallers plaintext = new PlaintextCallers();
  private final Map<ServiceName, String> texts = new ConcurrentHashMap<>();
  private final LongAdder faults = new LongAdder();
  private final InstantSource clock;
  private final Log log;
  private final List<Consumer<Exposition>> gauges = new ArrayList<>();
  private final @Nullable AccessLog accessLog;
  private final boolean compatible;
  private volatile @Nullable MetricsPort port;

  private Telemetry(
      InstantSource clock, Log log, @Nullable AccessLog accessLog, boolean compatible) {
    this.clock = clock;
    this.log = log;
    this.accessLog = accessLog;
    this.compatible = compatible;
  }

  /**
   * Reads what is set; opens the access log, but no port yet.
   *
   * @param sample share of the requests in the access log at the time, 0 to 1
   */
  public static Telemetry of(
      Settings settings, DoubleSupplier sample, InstantSource clock, Log log) {
    Path file = settings.path(Settings.ACCESS_LOG);
    AccessLog accessLog = null;
    if (file != null) {
      try {
        accessLog =
            AccessLog.open(file, sample, () -> ThreadLocalRandom.current().nextDouble(), log);
      } catch (IOException e) {
        log.warn(Settings.ACCESS_LOG.name() + ": " + file + " cannot be written: " + e);
      }
    }
    boolean compatible =
        settings.constant(Settings.METRICS_COMPAT, Settings.Compat.class) == Settings.Compat.ISTIO;
    return new Telemetry(clock, log, accessLog, compatible);
  }

  /** Counts a request, and logs it if it is chosen. */
  public void request(Edge edge, int retries, long nanos, Detail detail) {
    edges.count(edge, retries, nanos);
    AccessLog lines = accessLog;
    if (lines != null && lines.chooses(edge.code() == 0 || edge.code() >= 500)) {
      lines.log(line(edge, retries, nanos, detail));
    }
  }

  /** A service as a label; made once each. */
  public String text(ServiceName service) {
    String known = texts.get(service);
    if (known == null) {
      known = service.toString();
      if (texts.size() < EdgeTable.MAX_SERIES) {
        texts.put(service, known);
      }
    }
    return known;
  }

  /** Whether {@link Detail} is worth the trouble of making one. */
  public boolean wantsDetail() {
    return accessLog != null;
  }

  private Map<String, Object> line(Edge edge, int retries, long nanos, Detail detail) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", clock.instant().toString());
    line.put("reporter", edge.outbound() ? "source" : "destination");
    line.put("source", edge.source());
    line.put("destination", edge.destination());
    line.put("method", edge.method());
    putIfThere(line, "host", detail.host());
    putIfThere(line, "path", detail.path());
    line.put("status", (long) edge.code());
    line.put("duration_ms", Math.round(nanos / NANOS_PER_MILLI * 1000) / 1000.0);
    line.put("route", edge.route());
    if (!edge.reason().isEmpty()) {
      line.put("reason", edge.reason());
    }
    putIfThere(line, "endpoint", detail.endpoint());
    line.put("mtls", edge.mtls());
    if (retries > 0) {
      line.put("retries", (long) retries);
    }
    String traceparent = detail.traceparent();
    if (traceparent != null && traceparent.length() >= 35) {
      line.put("trace_id", traceparent.substring(3, 35)); // version-traceid-parent-flags
    }
    return line;
  }

  private static void putIfThere(Map<String, Object> line, String name, @Nullable String value) {
    if (value != null) {
      line.put(name, value);
    }
  }

  /** A request came without mesh TLS. */
  public void plaintext(String address) {
    plaintext.count(address, clock.millis());
  }

  /** An error of the agent itself. */
  public void fault() {
    faults.increment();
  }

  /** Metrics that are read when they are asked for; before {@link #open}. */
  void gauge(Consumer<Exposition> gauge) {
    gauges.add(gauge);
  }

  /** Adds {@code weft_certificate_expiry_seconds}: how long it still holds; 0: none. */
  public void certificate(java.util.function.LongSupplier secondsLeft) {
    gauge(
        out -> {
          out.metric(
              "weft_certificate_expiry_seconds", "gauge", "Time until the certificate ends.");
          out.sample("weft_certificate_expiry_seconds", "", secondsLeft.getAsLong());
        });
  }

  /** Adds {@code weft_endpoint_state} of the endpoints of these services. */
  public void endpoints(Supplier<? extends Collection<Service>> services) {
    gauge(new EndpointStates(services)::write);
  }

  /** Adds {@code weft_outside_connections_total}. */
  public void outside(OutsideTable table) {
    gauge(table::write);
  }

  /** Opens the port for Prometheus, if one is wanted. */
  public void open(Settings settings) {
    if (settings.text(Settings.METRICS_PORT).equals("off")) {
      return;
    }
    int first = settings.port(Settings.METRICS_PORT);
    if (first == -1) {
      return; // said already
    }
    try {
      MetricsPort opened = MetricsPort.open(first, this::exposition, System::nanoTime, log);
      port = opened;
      log.info("/metrics on port " + opened.number());
    } catch (IOException e) {
      log.warn(Settings.METRICS_PORT.name() + ": " + first + ": no port for /metrics: " + e);
    }
  }

  // ---- the ways out

  /** Everything, in Prometheus' text format. */
  public String exposition() {
    Exposition out = new Exposition();
    List<Map.Entry<String, EdgeTable.Series>> all = new ArrayList<>();
    edges.forEach((edge, series) -> all.add(Map.entry(labels(edge), series)));
    all.sort(Map.Entry.comparingByKey());
    out.metric("weft_requests_total", "counter", "Requests, by edge.");
    for (Map.Entry<String, EdgeTable.Series> one : all) {
      out.sample("weft_requests_total", one.getKey(), sum(one.getValue().buckets()));
    }
    String duration = "weft_request_duration_seconds";
    out.metric(duration, "histogram", "From a request's start to the headers of its response.");
    for (Map.Entry<String, EdgeTable.Series> one : all) {
      out.histogram(duration, one.getKey(), one.getValue().buckets(), one.getValue().seconds(), 1);
    }
    out.metric("weft_retries_total", "counter", "Attempts after the first.");
    for (Map.Entry<String, EdgeTable.Series> one : all) {
      if (one.getValue().retries() > 0) {
        out.sample("weft_retries_total", one.getKey(), one.getValue().retries());
      }
    }
    out.metric("weft_agent_errors_total", "counter", "Errors of the agent itself.");
    out.sample("weft_agent_errors_total", "", faults.sum());
    AccessLog lines = accessLog;
    if (lines != null) {
      out.metric("weft_access_log_dropped_total", "counter", "Lines the disk was too slow for.");
      out.sample("weft_access_log_dropped_total", "", lines.dropped());
    }
    gauges.forEach(gauge -> gauge.accept(out));
    if (compatible) {
      IstioMetrics.write(out, edges);
    }
    return out.toString();
  }

  private static String labels(Edge edge) {
    return Exposition.labels(
        "reporter",
        edge.outbound() ? "source" : "destination",
        "source",
        edge.source(),
        "destination",
        edge.destination(),
        "route",
        edge.route(),
        "method",
        edge.method(),
        "code",
        String.valueOf(edge.code()),
        "reason",
        edge.reason(),
        "mtls",
        String.valueOf(edge.mtls()));
  }

  static long sum(long[] counts) {
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    return sum;
  }

  /**
   * The same in brief, for the coordinator.
   *
   * @param address that others reach this process at
   */
  public Message.Report report(String address) {
    Map<String, Sum> sums = new TreeMap<>();
    edges.forEach(
        (edge, series) ->
            sums.computeIfAbsent(
                    edge.outbound() + " " + edge.mtls() + " " + peer(edge), any -> new Sum(edge))
                .add(edge, series));
    List<EdgeReport> reports =
        sums.values().stream()
            .map(Sum::report)
            .sorted(Comparator.comparingLong(Telemetry::requests).reversed())
            .limit(EdgeReport.MAX_EDGES)
            .toList();
    MetricsPort opened = port;
    return new Message.Report(
        reports,
        plaintext.all().stream()
            .map(c -> new Message.Plaintext(c.address(), c.requests(), c.lastMillis()))
            .toList(),
        opened == null
            ? ""
            : (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + opened.number());
  }

  private static long requests(EdgeReport edge) {
    return edge.buckets().stream().mapToLong(Long::longValue).sum();
  }

  private static String peer(Edge edge) {
    return edge.outbound() ? edge.destination() : edge.source();
  }

  /** One edge, whatever its route, method, status and reason. */
  private static final class Sum {
    private final Edge first;
    private final Map<Integer, Long> codes = new TreeMap<>();
    private final Map<String, Long> reasons = new TreeMap<>();
    private final long[] buckets = new long[LatencyBounds.BUCKETS];
    private long retries;

    Sum(Edge first) {
      this.first = first;
    }

    void add(Edge edge, EdgeTable.Series series) {
      long[] counts = series.buckets();
      long requests = sum(counts);
      codes.merge(edge.code(), requests, Long::sum);
      if (!edge.reason().isEmpty()) {
        reasons.merge(edge.reason(), requests, Long::sum);
      }
      for (int i = 0; i < counts.length; i++) {
        buckets[i] += counts[i];
      }
      retries += series.retries();
    }

    EdgeReport report() {
      List<Long> counts = new ArrayList<>(buckets.length);
      for (long count : buckets) {
        counts.add(count);
      }
      return new EdgeReport(
          first.outbound(),
          peer(first),
          first.mtls(),
          most(codes, Bounds.CODES, code -> code / 100 * 100),
          most(reasons, Bounds.REASONS, reason -> Edge.OTHER),
          retries,
          counts);
    }

    /** The most frequent; what is beyond the bound is counted under what stands for it. */
    private static <K extends Comparable<K>> Map<K, Long> most(
        Map<K, Long> all, int bound, UnaryOperator<K> insteadOf) {
      if (all.size() <= bound) {
        return all;
      }
      Map<K, Long> most = new TreeMap<>();
      List<K> rest = new ArrayList<>(all.keySet());
      rest.sort(Comparator.comparing(all::get, Comparator.reverseOrder()));
      for (K key : rest) {
        // Ten are left for those that stand for others: there are ten hundreds of codes.
        K counted = most.size() < bound - 10 ? key : insteadOf.apply(key);
        most.merge(counted, all.get(key), Long::sum);
      }
      return most;
    }
  }
}

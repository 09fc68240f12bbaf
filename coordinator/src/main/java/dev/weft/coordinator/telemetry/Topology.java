package dev.weft.coordinator.telemetry;

import dev.weft.wire.EdgeReport;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which service calls which, how often and how well, as the instances that report to this
 * coordinator tell it. Their reports are sums since they started, so a report that is lost, or a
 * coordinator that restarts, loses nothing of those that live. Of an instance that has gone the
 * last sums are kept while there is room; where there is none, the service that takes most makes
 * some, beginning with its instance that was silent for longest.
 *
 * <p>In memory, and of this coordinator alone. Thread-safe.
 */
public final class Topology {
  /** Instances whose sums are kept. */
  static final int MAX_INSTANCES = 20_000;

  /** Rates are told of who has reported within that time, and of about as long. */
  static final long WINDOW_NANOS = 30_000_000_000L;

  private static final int HEAP_PART = 4;

  /** The instances of one service. */
  private static final class Service {
    /** By instance, in the order of their last report. */
    final Map<String, Reporter> reporters = new LinkedHashMap<>();

    long bytes;
  }

  private final LongSupplier nanoTime;
  private final long maxBytes;
  private final Map<String, Service> services = new HashMap<>();
  private int instances;
  private long bytes;

  /**
   * @param nanoTime as {@link System#nanoTime}
   * @param maxHeap of this process; a quarter of it may be taken
   */
  public Topology(LongSupplier nanoTime, long maxHeap) {
    this.nanoTime = nanoTime;
    this.maxBytes = maxHeap / HEAP_PART;
  }

  /**
   * Takes a report.
   *
   * @param service of the reporter, {@code namespace/name}, by its certificate: another's instance
   *     of the same id is another one
   * @param metrics where its metrics are, {@code address:port}; empty: nowhere. What the report
   *     says of that is only what it says
   */
  public synchronized void report(
      String service, String instance, String metrics, Message.Report report) {
    Service of = services.computeIfAbsent(service, any -> new Service());
    Reporter before = remove(of, instance);
    Reporter now = Reporter.after(before, service, metrics, report, nanoTime.getAsLong());
    of.reporters.put(instance, now);
    of.bytes += now.bytes();
    bytes += now.bytes();
    instances++;
    while (instances > MAX_INSTANCES || bytes > maxBytes) {
      makeRoom();
    }
  }

  private @Nullable Reporter remove(Service of, String instance) {
    Reporter before = of.reporters.remove(instance);
    if (before != null) {
      of.bytes -= before.bytes();
      bytes -= before.bytes();
      instances--;
    }
    return before;
  }

  private void makeRoom() {
    Map.Entry<String, Service> most =
        Collections.max(
            services.entrySet(), Comparator.comparingLong(entry -> entry.getValue().bytes));
    Service service = most.getValue();
    remove(service, service.reporters.keySet().iterator().next());
    if (service.reporters.isEmpty()) {
      services.remove(most.getKey());
    }
  }

  /** An instance's stream has ended: what it counted stays, but there is nothing to scrape. */
  public synchronized void ended(String service, String instance) {
    Service of = services.get(service);
    if (of != null) {
      of.reporters.computeIfPresent(instance, (any, reporter) -> reporter.gone());
    }
  }

  /** About what is taken of the heap. */
  synchronized long bytes() {
    return bytes;
  }

  /** As they are now: what is made of them does not hold up those who report. */
  private synchronized List<Reporter> reporters() {
    List<Reporter> all = new ArrayList<>(instances);
    services.values().forEach(service -> all.addAll(service.reporters.values()));
    return all;
  }

  /**
   * Every edge, by source and destination; of what the instances of one service report, at most
   * {@link EdgeReport#MAX_EDGES}.
   */
  public Collection<EdgeView> edges() {
    long now = nanoTime.getAsLong();
    Map<String, EdgeView> edges = new TreeMap<>();
    Map<String, Integer> first = new HashMap<>();
    for (Reporter reporter : reporters()) {
      Reporter.Base base = now - reporter.nanos() < WINDOW_NANOS ? reporter.base() : null;
      double seconds = base == null ? 0 : (reporter.nanos() - base.nanos()) / 1e9;
      for (Map.Entry<Reporter.Edge, EdgeReport> one : reporter.edges().entrySet()) {
        EdgeReport edge = one.getValue();
        String source = edge.outbound() ? reporter.service() : edge.peer();
        String destination = edge.outbound() ? edge.peer() : reporter.service();
        String key = source + " " + destination;
        // Each view takes more than the report of it: no service makes more than it can have.
        if (!edges.containsKey(key)
            && first.merge(reporter.service(), 1, Integer::sum) > EdgeReport.MAX_EDGES) {
          continue;
        }
        edges
            .computeIfAbsent(key, any -> new EdgeView(source, destination))
            .add(
                edge,
                base == null ? null : base.sums().getOrDefault(one.getKey(), Reporter.Sums.NONE),
                seconds);
      }
    }
    return edges.values();
  }

  /** Who calls each service without mesh TLS, whoever of its instances was called. */
  public Map<String, List<Message.Plaintext>> plaintextCallers() {
    return plaintextCallers((service, instance) -> true);
  }

  /**
   * As above, of some of the instances.
   *
   * @param which by service, {@code namespace/name}, and id
   */
  public Map<String, List<Message.Plaintext>> plaintextCallers(BiPredicate<String, String> which) {
    Map<String, Map<String, Message.Plaintext>> all = new TreeMap<>();
    List<Reporter> reporters = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    synchronized (this) {
      for (Service service : services.values()) {
        service.reporters.forEach(
            (id, reporter) -> {
              ids.add(id);
              reporters.add(reporter);
            });
      }
    }
    for (int i = 0; i < reporters.size(); i++) {
      Reporter reporter = reporters.get(i);
      if (reporter.plaintext().isEmpty() || !which.test(reporter.service(), ids.get(i))) {
        continue;
      }
      Map<String, Message.Plaintext> callers =
          all.computeIfAbsent(reporter.service(), any -> new TreeMap<>());
      for (Message.Plaintext one : reporter.plaintext()) {
        callers.merge(one.from(), one, Topology::sum);
      }
    }
    Map<String, List<Message.Plaintext>> lists = new LinkedHashMap<>();
    all.forEach((service, callers) -> lists.put(service, List.copyOf(callers.values())));
    return lists;
  }

  private static Message.Plaintext sum(Message.Plaintext a, Message.Plaintext b) {
    return new Message.Plaintext(
        a.from(), a.requests() + b.requests(), Math.max(a.lastMillis(), b.lastMillis()));
  }

  /** The same for one service, {@code namespace/name}. */
  public List<Message.Plaintext> plaintextCallers(String service) {
    return plaintextCallers().getOrDefault(service, List.of());
  }

  /**
   * An instance whose metrics can be scraped.
   *
   * @param address {@code host:port}
   */
  public record Target(String service, String instance, String address) {}

  /** All that are connected. */
  public synchronized List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    services.forEach(
        (name, service) ->
            service.reporters.forEach(
                (instance, reporter) -> {
                  if (reporter.connected() && !reporter.metrics().isEmpty()) {
                    targets.add(new Target(name, instance, reporter.metrics()));
                  }
                }));
    return targets;
  }
}

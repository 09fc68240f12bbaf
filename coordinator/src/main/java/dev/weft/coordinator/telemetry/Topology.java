package dev.weft.coordinator.telemetry;

import dev.weft.wire.EdgeReport;
import dev.weft.wire.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Which service calls which, how often and how well, as the instances that report to this
 * coordinator tell it. Their reports are sums since they started, so a report that is lost, or a
 * coordinator that restarts, loses nothing of those that live. Of an instance that has gone the
 * last sums are kept while there is room.
 *
 * <p>In memory, and of this coordinator alone. Thread-safe.
 */
public final class Topology {
  /** Instances whose sums are kept; the one that was silent for longest makes room. */
  static final int MAX_INSTANCES = 20_000;

  /** Rates are those of the reports of so long. */
  static final long WINDOW_NANOS = 30_000_000_000L;

  private static final int MAX_CODES = 64;

  /** One report and when it came. */
  private record Sample(long nanos, List<EdgeReport> edges) {}

  private static final class Reporter {
    final String service;
    final Deque<Sample> samples = new ArrayDeque<>();
    List<Message.Plaintext> plaintext = List.of();
    String metrics = "";
    boolean connected = true;

    Reporter(String service) {
      this.service = service;
    }
  }

  private final LongSupplier nanoTime;

  /** By instance, in the order of their last report. */
  private final Map<String, Reporter> reporters = new LinkedHashMap<>();

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public Topology(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Takes a report.
   *
   * @param service of the reporter, {@code namespace/name}, by its certificate
   */
  public synchronized void report(String service, String instance, Message.Report report) {
    Reporter known = reporters.remove(instance);
    Reporter reporter =
        known != null && known.service.equals(service) ? known : new Reporter(service);
    reporters.put(instance, reporter);
    long now = nanoTime.getAsLong();
    reporter.connected = true;
    reporter.plaintext = report.plaintext();
    reporter.metrics = report.metrics();
    reporter.samples.addLast(new Sample(now, bounded(report.edges())));
    while (reporter.samples.size() > 2 && now - second(reporter.samples).nanos() >= WINDOW_NANOS) {
      reporter.samples.removeFirst();
    }
    if (reporters.size() > MAX_INSTANCES) {
      Iterator<String> longestSilent = reporters.keySet().iterator();
      longestSilent.next();
      longestSilent.remove();
    }
  }

  private static Sample second(Deque<Sample> samples) {
    Iterator<Sample> iterator = samples.iterator();
    iterator.next();
    return iterator.next();
  }

  private static List<EdgeReport> bounded(List<EdgeReport> edges) {
    return edges.stream()
        .filter(edge -> edge.codes().size() <= MAX_CODES && edge.reasons().size() <= MAX_CODES)
        .limit(EdgeReport.MAX_EDGES)
        .toList();
  }

  /** An instance's stream has ended: what it counted stays, but there is nothing to scrape. */
  public synchronized void ended(String instance) {
    Reporter reporter = reporters.get(instance);
    if (reporter != null) {
      reporter.connected = false;
    }
  }

  /** Every edge, by source and destination. */
  public synchronized Collection<EdgeView> edges() {
    long now = nanoTime.getAsLong();
    Map<String, EdgeView> edges = new TreeMap<>();
    for (Reporter reporter : reporters.values()) {
      Sample last = reporter.samples.getLast();
      Sample first = reporter.samples.getFirst();
      boolean fresh = now - last.nanos() < WINDOW_NANOS && reporter.samples.size() > 1;
      for (EdgeReport edge : last.edges()) {
        String source = edge.outbound() ? reporter.service : edge.peer();
        String destination = edge.outbound() ? edge.peer() : reporter.service;
        edges
            .computeIfAbsent(source + " " + destination, any -> new EdgeView(source, destination))
            .add(
                edge,
                fresh ? before(edge, first.edges()) : null,
                fresh ? (last.nanos() - first.nanos()) / 1e9 : 0);
      }
    }
    return edges.values();
  }

  /** What the same edge had come to in an earlier report; an empty one if it was not there. */
  private static EdgeReport before(EdgeReport edge, List<EdgeReport> earlier) {
    for (EdgeReport one : earlier) {
      if (one.outbound() == edge.outbound()
          && one.mtls() == edge.mtls()
          && one.peer().equals(edge.peer())) {
        return one;
      }
    }
    return new EdgeReport(
        edge.outbound(), edge.peer(), edge.mtls(), Map.of(), Map.of(), 0, List.of());
  }

  /** Who calls each service without mesh TLS, whoever of its instances was called. */
  public synchronized Map<String, List<Message.Plaintext>> plaintextCallers() {
    Map<String, List<Message.Plaintext>> all = new TreeMap<>();
    for (Reporter reporter : reporters.values()) {
      all.computeIfAbsent(reporter.service, this::plaintextCallers);
    }
    return all;
  }

  /** The same for one service, {@code namespace/name}. */
  public synchronized List<Message.Plaintext> plaintextCallers(String service) {
    Map<String, Message.Plaintext> callers = new TreeMap<>();
    for (Reporter reporter : reporters.values()) {
      if (reporter.service.equals(service)) {
        for (Message.Plaintext one : reporter.plaintext) {
          callers.merge(
              one.from(),
              one,
              (a, b) ->
                  new Message.Plaintext(
                      a.from(),
                      a.requests() + b.requests(),
                      Math.max(a.lastMillis(), b.lastMillis())));
        }
      }
    }
    return List.copyOf(callers.values());
  }

  /**
   * An instance whose metrics can be scraped.
   *
   * @param address {@code host:port}
   */
  public record Target(String service, String instance, String address) {}

  public synchronized List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    reporters.forEach(
        (instance, reporter) -> {
          if (reporter.connected && !reporter.metrics.isEmpty()) {
            targets.add(new Target(reporter.service, instance, reporter.metrics));
          }
        });
    return targets;
  }
}

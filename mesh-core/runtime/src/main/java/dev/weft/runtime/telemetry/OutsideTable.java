package dev.weft.runtime.telemetry;

import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntPredicate;

/**
 * Connections and ports that the mesh does not reach: by library, host and port. What an
 * application does can fill it, and then the rest is counted together. Thread-safe.
 */
public final class OutsideTable {
  /** Destinations with an entry of their own, and then libraries; and as many ports. */
  static final int MAX = 50;

  private static final int MAX_TEXT = 150;
  private static final String NAME = "weft_outside_connections_total";

  private record Made(String library, String host, int port) {}

  private final Map<Made, LongAdder> connections = new ConcurrentHashMap<>();
  private final Map<Integer, String> ports = new ConcurrentHashMap<>();
  private final IntPredicate guarded;
  private volatile Runnable changed = () -> {};

  /**
   * @param guarded whether an adapter stands before a port of this process
   */
  public OutsideTable(IntPredicate guarded) {
    this.guarded = guarded;
  }

  /**
   * @param callback run when {@link #entries} has one more
   */
  public void onChange(Runnable callback) {
    changed = callback;
  }

  /**
   * A connection that no adapter leads.
   *
   * @param library the class that makes it
   * @param host as the library has it
   */
  public void connection(String library, String host, int port) {
    Made made = new Made(shortened(library), shortened(host), port);
    LongAdder count = connections.get(made);
    if (count == null) {
      if (connections.size() >= MAX) {
        made = new Made(made.library, Edge.OTHER, 0);
      }
      count = connections.get(made);
    }
    if (count == null) {
      if (connections.size() >= 2 * MAX) {
        return;
      }
      count = connections.computeIfAbsent(made, any -> new LongAdder());
      changed.run();
    }
    count.increment();
  }

  /**
   * A port that a library has bound, and that an adapter may still open.
   *
   * @return whether there is one more
   */
  public boolean bound(String library, int port) {
    return ports.size() < MAX && ports.putIfAbsent(port, shortened(library)) == null;
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
  }

  /** All, for {@code weft agents}; the host is empty for ports of this process. */
  public List<Message.Outside> entries() {
    List<Message.Outside> all = new ArrayList<>();
    connections
        .keySet()
        .forEach(made -> all.add(new Message.Outside(made.library, made.host, made.port)));
    ports.forEach(
        (port, library) -> {
          if (!guarded.test(port)) {
            all.add(new Message.Outside(library, "", port));
          }
        });
    all.sort(
        Comparator.comparing(Message.Outside::host)
            .thenComparingInt(Message.Outside::port)
            .thenComparing(Message.Outside::library));
    return all;
  }

  void write(Exposition out) {
    Map<String, Long> samples = new TreeMap<>();
    connections.forEach(
        (made, count) ->
            samples.put(
                Exposition.labels(
                    "library", made.library, "host", made.host, "port", String.valueOf(made.port)),
                count.sum()));
    out.metric(NAME, "counter", "Connections that the mesh does not lead, by who made them.");
    samples.forEach((labels, count) -> out.sample(NAME, labels, count));
  }
}

package dev.weft.runtime.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Who still calls this process without mesh TLS: those whom STRICT would cut off. Thread-safe. */
public final class PlaintextCallers {
  /** Further addresses are counted under {@link Edge#OTHER}. */
  static final int MAX_CALLERS = 200;

  /**
   * One of them.
   *
   * @param address without a port
   * @param lastMillis wall-clock milliseconds of the last request
   */
  public record Caller(String address, long requests, long lastMillis) {}

  private static final class Counted {
    final LongAdder requests = new LongAdder();
    volatile long lastMillis;
  }

  private final Map<String, Counted> byAddress = new ConcurrentHashMap<>();

  public void count(String address, long nowMillis) {
    Counted counted = byAddress.get(address);
    if (counted == null) {
      String key = byAddress.size() < MAX_CALLERS ? address : Edge.OTHER;
      counted = byAddress.computeIfAbsent(key, any -> new Counted());
    }
    counted.requests.increment();
    counted.lastMillis = nowMillis;
  }

  public List<Caller> all() {
    List<Caller> all = new ArrayList<>();
    byAddress.forEach(
        (address, counted) ->
            all.add(new Caller(address, counted.requests.sum(), counted.lastMillis)));
    return all;
  }
}

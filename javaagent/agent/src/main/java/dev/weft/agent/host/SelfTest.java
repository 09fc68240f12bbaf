package dev.weft.agent.host;

import dev.weft.runtime.Log;
import dev.weft.tooling.Weaver;
import dev.weft.tooling.WeftModule;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What became of weaving: a module with a type that could not be woven is a warning with the
 * reason, here and in {@code weft agents}. Thread-safe.
 */
final class SelfTest implements Weaver.Report {
  /** Ports that are not guarded; more than an application has connectors. */
  private static final int MAX_PORTS = 32;

  private final Log log;
  private final Map<String, String> reasonByModule = new ConcurrentSkipListMap<>();
  private final Map<String, String> reasonByPort = new ConcurrentSkipListMap<>();
  private final Map<String, String> remarkByModule = new ConcurrentSkipListMap<>();

  /** How the names of classes begin that make connections → the module that leads these. */
  private final Map<String, WeftModule> adapted = new ConcurrentHashMap<>();

  /** Those that have seen a connection of theirs about which the mesh had not been asked. */
  private final Map<String, WeftModule> passedBy = new ConcurrentSkipListMap<>();

  private volatile Predicate<WeftModule> asks = module -> true;
  private volatile Runnable changed = () -> {};

  SelfTest(Log log) {
    this.log = log;
  }

  void onChange(Runnable callback) {
    changed = callback;
  }

  /**
   * @param test whether the helpers of a module have ever asked the mesh about a request
   */
  void asks(Predicate<WeftModule> test) {
    asks = test;
  }

  @Override
  public void woven(WeftModule weft, String type, @Nullable String remark) {
    String module = weft.instrumentationName();
    log.debug("wove " + type + " (" + module + ")");
    weft.speaksFor().forEach(prefix -> adapted.put(prefix, weft));
    if (remark != null && remarkByModule.putIfAbsent(module, remark) == null) {
      log.debug(module + ": " + remark);
      changed.run();
    }
    if (reasonByModule.putIfAbsent(module, "") == null) {
      changed.run();
    }
  }

  @Override
  public void failed(String module, String type, String reason) {
    String what = type + " is not woven as it should be (" + module + "): " + reason;
    log.debug(what);
    // What is wrong with one type is usually wrong with all of its module: one line is enough.
    log.warnOnce("weave " + module, what);
    reasonByModule.put(module, type + ": " + reason);
    changed.run();
  }

  /** Whether something could not be woven, and nothing could. */
  boolean onlyFailed() {
    return !reasonByModule.isEmpty() && reasonByModule.values().stream().noneMatch(String::isEmpty);
  }

  /** Whether an adapter stands before the library of a class, as far as it has been woven. */
  boolean adapts(String className) {
    return adapter(className) != null;
  }

  /**
   * Whether the connections that a class makes are led, or known of. One is not if the adapter that
   * stands before its library has never asked about a request: what it has woven is not hit.
   */
  boolean leads(String className) {
    WeftModule weft = adapter(className);
    if (weft == null || weft.guards() || asks.test(weft)) {
      return weft != null; // a server asks about no calls, and may connect to itself
    }
    if (passedBy.putIfAbsent(weft.instrumentationName(), weft) == null) {
      changed.run();
    }
    return false;
  }

  private @Nullable WeftModule adapter(String className) {
    for (Map.Entry<String, WeftModule> entry : adapted.entrySet()) {
      if (className.startsWith(entry.getKey())) {
        return entry.getValue();
      }
    }
    return null;
  }

  /** A port that the mesh does not guard, or not for everyone. */
  void unguarded(String port, String reason) {
    if (reasonByPort.size() < MAX_PORTS) {
      reasonByPort.put(port, reason);
      changed.run();
    }
  }

  /** One entry a module that has met its library, and one a port that is not guarded. */
  List<Message.Woven> woven() {
    List<Message.Woven> all = new ArrayList<>();
    reasonByModule.forEach(
        (module, reason) ->
            all.add(
                new Message.Woven(
                    module, reason.isEmpty(), reason.isEmpty() ? remark(module) : reason)));
    reasonByPort.forEach((port, reason) -> all.add(new Message.Woven(port, false, reason)));
    return all;
  }

  private String remark(String module) {
    List<String> remarks = new ArrayList<>(2);
    String version = remarkByModule.get(module);
    if (version != null) {
      remarks.add(version);
    }
    WeftModule passed = passedBy.get(module);
    if (passed != null && !asks.test(passed)) {
      remarks.add("connects, and has never asked the mesh");
    }
    return String.join("; ", remarks);
  }
}

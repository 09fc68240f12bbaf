package dev.weft.agent.host;

import dev.weft.runtime.Log;
import dev.weft.tooling.Weaver;
import dev.weft.tooling.WeftModule;
import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

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
  private final Set<String> adapted = ConcurrentHashMap.newKeySet();
  private volatile Runnable changed = () -> {};

  SelfTest(Log log) {
    this.log = log;
  }

  void onChange(Runnable callback) {
    changed = callback;
  }

  @Override
  public void woven(WeftModule weft, String type) {
    String module = weft.instrumentationName();
    log.debug("wove " + type + " (" + module + ")");
    adapted.addAll(weft.speaksFor());
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
    return adapted.stream().anyMatch(className::startsWith);
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
        (module, reason) -> all.add(new Message.Woven(module, reason.isEmpty(), reason)));
    reasonByPort.forEach((port, reason) -> all.add(new Message.Woven(port, false, reason)));
    return all;
  }
}

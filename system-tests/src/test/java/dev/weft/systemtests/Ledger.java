package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where all servers of a test write the IDs of the POSTs that they were given, or one server the
 * status of each of its answers.
 */
record Ledger(Path file) {
  static Ledger in(Sandbox sandbox, String name) {
    return new Ledger(sandbox.folder().resolve(name + ".ledger"));
  }

  /** A server that writes to it. */
  Launch kept(Launch launch) {
    return launch.with("LEDGER", file.toString());
  }

  /** A server that writes its statuses to it. */
  Launch served(Launch launch) {
    return launch.with("SERVED", file.toString());
  }

  /** How often each status was answered. */
  Map<String, Long> statuses() {
    return lines().stream()
        .collect(Collectors.groupingBy(status -> status, TreeMap::new, Collectors.counting()));
  }

  List<String> ids() {
    return lines();
  }

  private List<String> lines() {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** IDs that were delivered more than once. */
  Set<String> duplicates() {
    Set<String> seen = new HashSet<>();
    Set<String> twice = new HashSet<>();
    for (String id : ids()) {
      if (!seen.add(id)) {
        twice.add(id);
      }
    }
    return twice;
  }
}

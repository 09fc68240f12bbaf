package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Where all servers of a test write the IDs of the POSTs that they were given. */
record Ledger(Path file) {
  static Ledger in(Sandbox sandbox, String name) {
    return new Ledger(sandbox.folder().resolve(name + ".ledger"));
  }

  /** A server that writes to it. */
  Launch kept(Launch launch) {
    return launch.with("LEDGER", file.toString());
  }

  List<String> ids() {
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

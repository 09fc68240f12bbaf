package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** TCP connections of processes, as Linux tells them. */
final class ProcNet {
  /** One process's end of an established connection. */
  record End(int local, int remote) {
    End other() {
      return new End(remote, local);
    }
  }

  private ProcNet() {}

  /** Connections from the one process straight to the other. */
  static List<End> between(Child from, Child to) {
    List<End> far = established(to);
    return established(from).stream().filter(end -> far.contains(end.other())).toList();
  }

  static List<End> established(Child child) {
    Set<String> inodes = sockets(child.pid());
    List<End> ends = new ArrayList<>();
    try {
      for (String table : List.of("tcp", "tcp6")) {
        List<String> lines = Files.readAllLines(Path.of("/proc/" + child.pid() + "/net/" + table));
        for (String line : lines.subList(1, lines.size())) {
          String[] columns = line.strip().split("\\s+");
          if (columns[3].equals("01") && inodes.contains(columns[9])) {
            ends.add(new End(port(columns[1]), port(columns[2])));
          }
        }
      }
      return ends;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * How many connections to a port there are, whoever owns them: those that were closed less than a
   * minute ago (TIME_WAIT) count too.
   */
  static long toPort(Child child, int port) {
    Set<String> ends = new HashSet<>();
    try {
      for (String table : List.of("tcp", "tcp6")) {
        List<String> lines = Files.readAllLines(Path.of("/proc/" + child.pid() + "/net/" + table));
        for (String line : lines.subList(1, lines.size())) {
          String[] columns = line.strip().split("\\s+");
          boolean listens = columns[3].equals("0A");
          if (!listens && port(columns[1]) == port) {
            ends.add("" + port(columns[2]));
          } else if (!listens && port(columns[2]) == port) {
            ends.add("" + port(columns[1]));
          }
        }
      }
      return ends.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
  }

  private static Set<String> sockets(long pid) {
    Set<String> inodes = new HashSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("socket:[")) {
            inodes.add(target.substring("socket:[".length(), target.length() - 1));
          }
        } catch (IOException e) {
          // Closed meanwhile.
        }
      }
      return inodes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.weft.perf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux tells of processes, of the machine and of its sockets. Stateless but for the root. */
final class ProcFs {
  /** {@code USER_HZ}: part of the kernel's interface, the same on every machine that runs a JVM. */
  static final long TICKS_PER_SECOND = 100;

  private static final String ESTABLISHED = "01";

  private final Path root;

  ProcFs() {
    this(Path.of("/proc"));
  }

  ProcFs(Path root) {
    this.root = root;
  }

  /** CPU time of one process, user and system, in ticks, without its children's. */
  long cpuTicks(long pid) {
    List<String> fields = stat(Long.toString(pid));
    return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
  }

  /** CPU time of all children of this process that have ended and were waited for, in ticks. */
  long endedChildrenTicks() {
    List<String> fields = stat("self");
    return Long.parseLong(fields.get(13)) + Long.parseLong(fields.get(14));
  }

  /** The fields after the program's name, which may contain anything; the first is the state. */
  private List<String> stat(String process) {
    String text = read(process + "/stat");
    return List.of(text.substring(text.lastIndexOf(')') + 2).strip().split(" "));
  }

  /** CPU time of everything on this machine, in ticks. */
  long machineBusyTicks() {
    String[] words = read("stat").lines().findFirst().orElse("").split(" +");
    long busy = 0;
    // user nice system idle iowait irq softirq steal; guest time is in user time already.
    for (int i = 1; i <= 8 && i < words.length; i++) {
      if (i != 4 && i != 5) {
        busy += Long.parseLong(words[i]);
      }
    }
    return busy;
  }

  /** Resident memory of one process, in KiB. */
  long residentKiB(long pid) {
    return read(pid + "/status")
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no VmRSS of process " + pid));
  }

  /** Established TCP connections whose local port is this, of either IP version. */
  int connections(int port) {
    int count = 0;
    String suffix = String.format(":%04X", port);
    for (String table : List.of("net/tcp", "net/tcp6")) {
      if (Files.exists(root.resolve(table))) {
        for (String line : read(table).lines().skip(1).toList()) {
          String[] words = line.strip().split(" +");
          if (words[1].endsWith(suffix) && words[3].equals(ESTABLISHED)) {
            count++;
          }
        }
      }
    }
    return count;
  }

  private String read(String file) {
    try {
      // Latin-1 reads anything: a program's name may be any bytes.
      return Files.readString(root.resolve(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalStateException(
          root.resolve(file) + " cannot be read (this needs Linux): " + e, e);
    }
  }
}

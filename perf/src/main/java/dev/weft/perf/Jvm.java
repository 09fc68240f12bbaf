package dev.weft.perf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process that this one started, and talks to in lines. Closing it ends it, as does the end of
 * this one, whoever ends it. For one thread at a time.
 */
final class Jvm implements AutoCloseable {
  private static final String END = "\u0000end of output";
  private static final Duration GRACE = Duration.ofSeconds(20);

  /** All that live. Not every program ends with its input as ours do. */
  private static final Set<Process> LIVING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> LIVING.forEach(Process::destroy), "end of what lives"));
  }

  private final String name;
  private final Path log;
  private final Process process;
  private final Writer input;
  private final LinkedBlockingQueue<String> output = new LinkedBlockingQueue<>();

  private Jvm(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.input = process.outputWriter(StandardCharsets.US_ASCII);
    LIVING.add(process);
    process.onExit().thenAccept(LIVING::remove);
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * @param logs where its standard error goes, to a file of its name
   * @param environment what it gets besides; of the surroundings it gets nothing that would reach a
   *     JVM's options or the mesh
   */
  static Jvm start(String name, Path logs, Map<String, String> environment, List<String> command)
      throws IOException {
    Path log = logs.resolve(name + ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(
            key ->
                key.startsWith("WEFT_")
                    || key.startsWith("OTEL_")
                    || key.equals("JAVA_TOOL_OPTIONS")
                    || key.equals("JDK_JAVA_OPTIONS"));
    builder.environment().putAll(environment);
    return new Jvm(name, log, builder.start());
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.add(line);
      }
    } catch (IOException e) {
      // The process is gone, or going: what there was to say was said.
    }
    output.add(END);
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  void say(String line) {
    try {
      input.write(line);
      input.write('\n');
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " takes no orders (see " + log + ")", e);
    }
  }

  /**
   * The next line that begins with {@code prefix}; others before it are passed over.
   *
   * @throws IllegalStateException if it says {@code failed}, ends, or says nothing for so long
   */
  String await(String prefix, Duration longest) throws InterruptedException {
    long until = System.nanoTime() + longest.toNanos();
    while (true) {
      String line = output.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (line == null) {
        throw new IllegalStateException(
            name + " did not say \"" + prefix + "\" within " + longest.toSeconds() + " s" + tail());
      }
      if (line.startsWith(prefix)) {
        return line;
      }
      if (line.equals(END) || line.startsWith("failed")) {
        throw new IllegalStateException(
            name
                + (line.equals(END) ? " has ended" : " said \"" + line + "\"")
                + " (expected: \""
                + prefix
                + "\")"
                + tail());
      }
    }
  }

  /** The end of its standard error, for a message. */
  private String tail() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      return lines.isEmpty()
          ? ""
          : "\n  "
              + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
    } catch (IOException e) {
      return "";
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * @throws IllegalStateException if it has ended
   */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          name + " has ended with status " + process.exitValue() + tail());
    }
  }

  /** Waits for it to end by itself. */
  void awaitEnd(Duration longest) throws InterruptedException {
    if (!process.waitFor(longest.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new IllegalStateException(
          name + " did not end within " + longest.toSeconds() + " s" + tail());
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(name + " ended with status " + process.exitValue() + tail());
    }
  }

  /** Ends it at once. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Asks it to end, and makes it. */
  @Override
  public void close() {
    process.destroy();
    boolean ended = false;
    try {
      ended = process.waitFor(GRACE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!ended) {
      process.destroyForcibly();
    }
  }
}

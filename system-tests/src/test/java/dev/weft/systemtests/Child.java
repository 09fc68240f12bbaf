package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process that a test started. Its output goes to files, which say what went wrong. */
final class Child {
  private static final int TOLD_LINES = 80;

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  private Child(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static Child start(String name, ProcessBuilder builder, Path folder) {
    try {
      Path out = Files.createTempFile(folder, name + "-", ".out");
      Path err = Path.of(out.toString().replaceAll("out$", "err"));
      builder.redirectOutput(out.toFile()).redirectError(err.toFile());
      return new Child(name, builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  boolean alive() {
    return process.isAlive();
  }

  String out() {
    return read(out);
  }

  String err() {
    return read(err);
  }

  List<String> outLines() {
    return out().lines().toList();
  }

  List<String> errLines() {
    return err().lines().toList();
  }

  /** Waits until a whole line of stdout matches, and returns its first group. */
  String awaitOut(String regex) {
    Pattern pattern = Pattern.compile("(?m)^" + regex + "$");
    String[] found = new String[1];
    Await.until(
        name + " prints " + regex,
        () -> {
          Matcher matcher = pattern.matcher(out());
          boolean there = matcher.find();
          if (there) {
            found[0] = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
          } else if (!alive()) {
            throw new Await.Hopeless(name + " ended with " + process.exitValue());
          }
          return there;
        });
    return found[0];
  }

  /** The port that a server of ours says it listens on. */
  int port() {
    return Integer.parseInt(awaitOut("listening on (\\d+)"));
  }

  /** Says a line to its stdin. */
  void say(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " takes no input", e);
    }
  }

  /** Waits for its end. */
  int exit() {
    return exit(Await.LONG);
  }

  /** The same of one that has much to do. */
  int exit(Duration most) {
    try {
      if (!process.waitFor(most.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(name + " has not ended in " + most.toSeconds() + " s");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** SIGTERM. */
  void terminate() {
    process.destroy();
  }

  /** {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
  }

  /** Ends it and what it started, in whatever state it is. */
  void end() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    try {
      process.waitFor(Duration.ofSeconds(20).toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What it printed last, for a failure's report. */
  String told() {
    String state = alive() ? "running" : "ended with " + process.exitValue();
    return name + " (" + pid() + ", " + state + ")\n" + tail("out", out()) + tail("err", err());
  }

  private static String tail(String label, String text) {
    List<String> lines = text.lines().toList();
    StringBuilder tail = new StringBuilder();
    for (String line : lines.subList(Math.max(0, lines.size() - TOLD_LINES), lines.size())) {
      tail.append("  ").append(label).append("| ").append(line).append('\n');
    }
    return tail.toString();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.weft.coordinator.mesh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A coordinator in a process of its own, with little memory. */
final class CoordinatorProcess implements AutoCloseable {
  private final Process process;
  private final InetSocketAddress mesh;
  private final Path home;

  private CoordinatorProcess(Process process, InetSocketAddress mesh, Path home) {
    this.process = process;
    this.mesh = mesh;
    this.home = home;
  }

  static CoordinatorProcess start(Path dir, String heap) throws Exception {
    int admin = freePort();
    int port = freePort();
    Path home = dir.resolve("home");
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.weft.cli.Weft",
                "coordinator",
                "--data",
                dir.resolve("data").toString(),
                "--admin",
                "127.0.0.1:" + admin,
                "--mesh",
                "127.0.0.1:" + port));
    builder.environment().put("WEFT_HOME", home.toString());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.redirectError(dir.resolve("stderr").toFile());
    Process process = builder.start();
    BufferedReader out = process.inputReader();
    if (out.readLine() == null) {
      throw new IOException("not ready: " + Files.readString(dir.resolve("stderr")));
    }
    return new CoordinatorProcess(process, new InetSocketAddress("127.0.0.1", port), home);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  InetSocketAddress mesh() {
    return mesh;
  }

  String token() throws IOException {
    return Files.readString(home.resolve("join-token")).strip();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** A line of Linux's account of it, such as {@code Threads} or {@code VmRSS}; 0: not told. */
  long status(String name) {
    try {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith(name + ":"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      if (Files.exists(Path.of("/proc/self/status"))) {
        throw new UncheckedIOException(e);
      }
      return 0;
    }
  }

  /** How many files and connections it has open; 0: not told. */
  long files() {
    String[] open = Path.of("/proc/" + process.pid() + "/fd").toFile().list();
    return open == null ? 0 : open.length;
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}

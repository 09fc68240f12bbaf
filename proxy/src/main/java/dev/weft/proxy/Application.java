package dev.weft.proxy;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The application as a child of this process. */
final class Application {
  /** {@code bin/weft} runs its own JVM without this, and keeps it here for the child. */
  private static final String KEPT = "WEFT_CHILD_JAVA_TOOL_OPTIONS";

  private final Process process;

  private Application(Process process) {
    this.process = process;
  }

  /**
   * Starts it, with this process's own input and output.
   *
   * @param proxy host and port of the HTTP proxy for it; empty for none
   */
  static Application start(List<String> command, String proxy) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    prepare(builder.environment(), proxy);
    return new Application(builder.start());
  }

  /** The environment of this process, and what leads its calls through the proxy. */
  static void prepare(Map<String, String> environment, String proxy) {
    String options = environment.remove(KEPT);
    if (options != null) {
      environment.put("JAVA_TOOL_OPTIONS", options);
    }
    if (proxy.isEmpty()) {
      return;
    }
    // In both cases: libraries disagree about which they read.
    String url = "http://" + proxy;
    environment.put("HTTP_PROXY", url);
    environment.put("http_proxy", url);
    String direct = direct(environment);
    environment.put("NO_PROXY", direct);
    environment.put("no_proxy", direct);
  }

  /** Its own machine is called directly, and whatever was called directly before. */
  private static String direct(Map<String, String> environment) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String variable : List.of("NO_PROXY", "no_proxy")) {
      for (String host : environment.getOrDefault(variable, "").split(",", -1)) {
        if (!host.isBlank()) {
          hosts.add(host.strip());
        }
      }
    }
    hosts.addAll(List.of("localhost", "127.0.0.1", "::1"));
    return String.join(",", hosts);
  }

  long pid() {
    return process.pid();
  }

  /** Its exit code; 128+n if signal n ended it. */
  int await() throws InterruptedException {
    return process.waitFor();
  }

  /**
   * Sends it a signal.
   *
   * @param name such as {@code TERM}
   */
  void signal(String name) {
    if (name.equals("TERM")) {
      process.destroy();
      return;
    }
    try {
      // The shell's own: there may be no program of that name.
      ProcessBuilder kill =
          new ProcessBuilder("sh", "-c", "kill -s \"$1\" \"$2\"", "sh", name, "" + pid());
      kill.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      kill.start().waitFor();
    } catch (IOException e) {
      process.destroy(); // without a shell there is only this
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package dev.weft.perf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where everything is that a run needs.
 *
 * @param java the {@code java} command of all that is measured
 * @param classPath of the programs of {@code com.example.perf}
 * @param agent {@code weft.jar}
 * @param control {@code weft-control.jar}
 * @param weft {@code bin/weft}, which starts the proxies
 * @param envoy an Envoy, if there is one to be measured beside
 * @param folder where this run's logs, certificates and results go
 */
record Setup(
    Path java,
    String classPath,
    Path agent,
    Path control,
    Path weft,
    @Nullable Path envoy,
    Path folder) {
  /** The same for both processes of every leg. The collector is the JDK's own choice. */
  private static final List<String> OPTIONS =
      List.of(
          "-Xms256m",
          "-Xmx256m",
          // Legs wait for their turn; none of them may lose its connections meanwhile.
          "-Djdk.httpclient.keepalive.timeout=1200",
          // As many as there are callers: HttpURLConnection keeps 5 at most if not told.
          "-Dhttp.maxConnections=64",
          "-Dhttps.protocols=TLSv1.3",
          "-Dhttps.cipherSuites=" + com.example.perf.TlsFiles.SUITE);

  /** {@code java [options] main arguments…}. */
  List<String> command(List<String> options, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(OPTIONS);
    command.addAll(options);
    command.add("-Djava.io.tmpdir=" + folder);
    command.add("-cp");
    command.add(classPath);
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  /** Of the java command; for what looks for one itself. */
  Path javaHome() throws IOException {
    Path bin = java.toRealPath().getParent();
    Path home = bin == null ? null : bin.getParent();
    if (home == null) {
      throw new IOException(java + " (expected: the java command of a JDK, in its bin)");
    }
    return home;
  }

  /** {@code bin/weft proxy …}. */
  List<String> proxy(String service, int applicationPort, String... options) {
    List<String> command = new ArrayList<>();
    command.add(weft.toString());
    command.addAll(List.of("proxy", "--service", service, "--app-port", "" + applicationPort));
    command.addAll(List.of(options));
    return command;
  }

  String agentOption() {
    return "-javaagent:" + agent;
  }

  /** A port of the loopback address that nobody listens on, for somebody who will in a moment. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

package dev.weft.perf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What the numbers were measured on. */
final class Machine {
  private Machine() {}

  static void describe(Path java, Report report) throws IOException, InterruptedException {
    report.line(
        "%s, %d CPUs, Linux %s",
        processor(), Runtime.getRuntime().availableProcessors(), System.getProperty("os.version"));
    Map<String, String> properties = properties(java);
    report.line(
        "JDK %s (%s), %s",
        properties.getOrDefault("java.runtime.version", "unknown"),
        properties.getOrDefault("java.vendor", "unknown"),
        java);
  }

  private static String processor() throws IOException {
    return Files.readAllLines(Path.of("/proc/cpuinfo"), StandardCharsets.ISO_8859_1).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }

  private static Map<String, String> properties(Path java)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(java.toString(), "-XshowSettings:properties", "-version")
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    Map<String, String> properties = new TreeMap<>();
    for (String line : text.split("\n")) {
      int equals = line.indexOf(" = ");
      if (equals > 0) {
        properties.put(line.substring(0, equals).strip(), line.substring(equals + 3).strip());
      }
    }
    return properties;
  }
}

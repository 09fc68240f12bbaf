package dev.weft.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/** The agent's jar. */
final class JarSection {
  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|dylib|jnilib)");

  private JarSection() {}

  static void run(Path jar, Report report, Budgets budgets) throws IOException {
    report.heading("The agent's jar");
    double megabytes = Files.size(jar) / 1e6;
    long natives;
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      natives = zip.stream().filter(entry -> NATIVE.matcher(entry.getName()).matches()).count();
    }
    report.line("  %s: %.2f MB, %d native libraries", jar.getFileName(), megabytes, natives);
    budgets.atMost(10, " MB", "size of weft.jar", megabytes);
    budgets.atMost(0, "", "native libraries in weft.jar", natives);
  }
}

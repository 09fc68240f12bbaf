package dev.weft.systemtests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The JDKs that programs are started on. */
enum Jdk {
  JDK_17("17"),
  JDK_25("25");

  private final String feature;
  private final @Nullable Path found;

  Jdk(String feature) {
    this.feature = feature;
    this.found = find(feature);
  }

  /** Where it is. Without it the test is reported as not run; in CI it fails. */
  Path home() {
    if (found == null) {
      String missing =
          "no JDK "
              + feature
              + " (WEFT_JDK"
              + feature
              + ", JAVA_HOME_"
              + feature
              + "_X64, /usr/lib/jvm): not tested with it";
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError(missing);
      }
      assumeTrue(false, missing);
      throw new AssertionError(missing);
    }
    return found;
  }

  Path java() {
    return home().resolve("bin/java");
  }

  private static @Nullable Path find(String feature) {
    List<Path> candidates = new ArrayList<>();
    for (String variable : List.of("WEFT_JDK" + feature, "JAVA_HOME_" + feature + "_X64")) {
      String value = System.getenv(variable);
      if (value != null) {
        candidates.add(Path.of(value));
      }
    }
    candidates.add(Path.of(System.getProperty("java.home")));
    try (Stream<Path> folders = Files.list(Path.of("/usr/lib/jvm"))) {
      folders
          .filter(f -> f.getFileName().toString().contains(feature))
          .sorted()
          .forEach(candidates::add);
    } catch (IOException e) {
      // There is none: the variables may name one.
    }
    return candidates.stream().filter(home -> is(home, feature)).findFirst().orElse(null);
  }

  private static boolean is(Path home, String feature) {
    Path release = home.resolve("release");
    try {
      return Files.isExecutable(home.resolve("bin/javac"))
          && Files.readString(release).contains("JAVA_VERSION=\"" + feature);
    } catch (IOException e) {
      return false;
    }
  }
}

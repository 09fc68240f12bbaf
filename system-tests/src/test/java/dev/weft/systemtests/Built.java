package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the build made: the jars under test, and the programs to run with them. */
final class Built {
  private static final Path DIST = Path.of(property("systemtests.dist")).normalize();
  static final Path TARGET = Path.of(property("systemtests.target"));

  private Built() {}

  static Path agent() {
    return dist("weft.jar");
  }

  static Path control() {
    return dist("weft-control.jar");
  }

  /** The command line. */
  static String weft() {
    return existing(DIST.resolveSibling("bin").resolve("weft")).toString();
  }

  /** Checks that the sample services are there. */
  static void samples() {
    for (String name : List.of("shop", "orders", "payments", "prices", "demo-tools")) {
      sample(name);
    }
  }

  /** The jar of a sample service. */
  static Path sample(String name) {
    Path folder = DIST.resolveSibling("sample-services").resolve(name);
    Path jar = folder.resolve("target").resolve(name + ".jar");
    if (!Files.exists(jar)) {
      throw new IllegalStateException(jar + " is missing: run `mvn package`");
    }
    return jar;
  }

  /** The Maven that runs this build. */
  static String maven() {
    return property("systemtests.maven");
  }

  /** The programs alone. */
  static String programs() {
    return TARGET.resolve("classes").toString();
  }

  /** The programs, and the libraries that one of them stands on. */
  static String programsAndLibraries() {
    try (Stream<Path> jars = Files.list(TARGET.resolve("programs-lib"))) {
      return programs()
          + jars.map(jar -> java.io.File.pathSeparator + jar).collect(Collectors.joining());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A program in Python, of its standard library alone. */
  static Path python(String name) {
    return existing(TARGET.resolveSibling("src/main/python").resolve(name)).toAbsolutePath();
  }

  /** A program that nobody here wrote; {@code others/pom.xml} fetches them. */
  static Path other(String name) {
    return existing(Path.of(property("systemtests.others")).normalize().resolve(name));
  }

  private static Path dist(String name) {
    return existing(DIST.resolve(name));
  }

  private static Path existing(Path file) {
    if (!Files.exists(file)) {
      throw new IllegalStateException(file + " is missing: run `mvn -pl system-tests -am package`");
    }
    return file;
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set; surefire sets it");
    }
    return value;
  }
}

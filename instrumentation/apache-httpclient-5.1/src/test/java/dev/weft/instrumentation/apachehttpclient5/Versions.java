package dev.weft.instrumentation.apachehttpclient5;

import dev.weft.testkit.LibraryLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which versions are tested, each in a loader of its own. */
final class Versions {
  static final String LOWEST = "5.1.4";
  static final String NEWEST = "5.6.5";

  /** Fewer with {@code -Dhttpclients5=…,…}. */
  static final List<String> CONTRACT =
      List.of(System.getProperty("httpclients5", LOWEST + "," + NEWEST).split(","));

  /** Each of them has an operator with one argument more. */
  static final List<String> SMOKE =
      List.of(System.getProperty("httpclients5", "5.3.1,5.4.4").split(","));

  private static final Map<String, ClassLoader> LOADERS = new ConcurrentHashMap<>();

  private Versions() {}

  /** Makes an object of a class of the tests that uses the library. */
  static <T> T load(String version, Class<? extends T> user, Class<T> as) throws Exception {
    ClassLoader loader = LOADERS.computeIfAbsent(version, Versions::loader);
    return as.cast(
        Class.forName(user.getName(), true, loader).getDeclaredConstructor().newInstance());
  }

  private static ClassLoader loader(String version) {
    try {
      return LibraryLoader.of(Path.of("target", "libraries", version), Versions.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

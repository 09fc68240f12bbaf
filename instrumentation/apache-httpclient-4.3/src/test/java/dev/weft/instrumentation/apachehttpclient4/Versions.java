package dev.weft.instrumentation.apachehttpclient4;

import dev.weft.testkit.LibraryLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which versions are tested, each in a loader of its own. */
final class Versions {
  static final String LOWEST = "4.3.6";
  static final String NEWEST = "4.5.14";

  /** Fewer with {@code -Dhttpclients4=…,…}. */
  static final List<String> CONTRACT =
      List.of(System.getProperty("httpclients4", LOWEST + "," + NEWEST).split(","));

  /** Between them. */
  static final List<String> SMOKE = List.of(System.getProperty("httpclients4", "4.4.1").split(","));

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

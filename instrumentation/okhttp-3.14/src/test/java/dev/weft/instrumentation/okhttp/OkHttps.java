package dev.weft.instrumentation.okhttp;

import dev.weft.testkit.LibraryLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The versions under test, each in a loader of its own. */
final class OkHttps {
  static final String LOWEST = "3.14.9";
  static final String BETWEEN = "4.12.0";
  static final String NEWEST = "5.5.1";

  /** Those of {@code -Dokhttps=3.14.9,5.5.1}, or all. */
  static final List<String> VERSIONS =
      Arrays.asList(
          System.getProperty("okhttps", String.join(",", LOWEST, BETWEEN, NEWEST)).split(","));

  private static final Map<String, ClassLoader> LOADERS = new ConcurrentHashMap<>();

  private OkHttps() {}

  /** A class of this module's tests as an application with that version has it, made anew. */
  static <T> T make(String version, Class<T> face, Class<? extends T> user) {
    try {
      return face.cast(
          Class.forName(user.getName(), true, LOADERS.computeIfAbsent(version, OkHttps::loader))
              .getDeclaredConstructor()
              .newInstance());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(user + " does not load with OkHttp " + version, e);
    }
  }

  private static ClassLoader loader(String version) {
    try {
      return LibraryLoader.of(Path.of("target", "libraries", version), OkHttpUser.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

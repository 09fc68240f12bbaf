package dev.weft.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A library of some version, and the code of a test that uses it, in a class loader of their own,
 * as a real application has them: it sees the JDK, the bridge and what the kit and that code talk
 * with, and nothing else of ours. What an adapter forgets to bring along is missing here.
 */
public final class LibraryLoader extends URLClassLoader {
  private static final String KIT = "dev.weft.testkit.";
  private static final Map<String, ClassLoader> LOADERS = new ConcurrentHashMap<>();

  private LibraryLoader(URL[] urls) {
    super(urls, ClassLoader.getPlatformClassLoader());
  }

  /**
   * @param jars a folder with the library and what it needs
   * @param user some class of the test's that uses it; all that was compiled with it is loaded anew
   */
  public static ClassLoader of(Path jars, Class<?> user) throws IOException {
    List<URL> urls = new ArrayList<>();
    urls.add(user.getProtectionDomain().getCodeSource().getLocation());
    try (Stream<Path> files = Files.list(jars)) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) {
        urls.add(url(jar));
      }
    }
    if (urls.size() == 1) {
      throw new IllegalStateException("no jar in " + jars.toAbsolutePath());
    }
    return new LibraryLoader(urls.toArray(URL[]::new));
  }

  /**
   * Makes an object of a class of the test's that uses a library.
   *
   * @param library its folder in {@code target/libraries}; has one loader in this JVM
   * @param user has a constructor without arguments
   */
  public static <T> T make(String library, Class<T> as, Class<? extends T> user) {
    ClassLoader loader =
        LOADERS.computeIfAbsent(
            library,
            folder -> {
              try {
                return of(Path.of("target", "libraries", folder), user);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      return as.cast(
          Class.forName(user.getName(), true, loader).getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(user + " cannot be made with " + library, e);
    }
  }

  private static URL url(Path jar) throws MalformedURLException {
    return jar.toUri().toURL();
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    return name.startsWith(KIT)
        ? Class.forName(name, false, LibraryLoader.class.getClassLoader())
        : super.loadClass(name, resolve);
  }
}

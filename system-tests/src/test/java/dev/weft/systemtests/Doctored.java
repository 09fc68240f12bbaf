package dev.weft.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Libraries as a new version might have them: a name that the agent looks for has become another,
 * wherever it is used. It has to be as long as before.
 */
final class Doctored {
  private Doctored() {}

  /** A copy of a class path in which a name of Tomcat's is another. */
  static String tomcat(String classPath, Path folder, String name, String instead) {
    StringBuilder all = new StringBuilder();
    for (String part : classPath.split(java.io.File.pathSeparator, -1)) {
      Path jar = Path.of(part);
      boolean tomcat = jar.getFileName().toString().startsWith("tomcat-embed-core");
      all.append(all.isEmpty() ? "" : java.io.File.pathSeparator)
          .append(tomcat ? jar(jar, folder, name, instead) : jar);
    }
    return all.toString();
  }

  private static Path jar(Path original, Path folder, String name, String instead) {
    try {
      Path copy = Files.createTempFile(folder, "doctored-", ".jar");
      try (JarFile jar = new JarFile(original.toFile());
          JarOutputStream out = new JarOutputStream(Files.newOutputStream(copy))) {
        for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
          JarEntry each = all.nextElement();
          byte[] bytes = jar.getInputStream(each).readAllBytes();
          out.putNextEntry(new JarEntry(each.getName()));
          out.write(each.getName().endsWith(".class") ? renamed(bytes, name, instead) : bytes);
        }
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@code --patch-module jdk.httpserver=} takes: the classes of that JDK, a name changed. */
  static Path jdkServer(Jdk jdk, Path folder, String name, String instead) {
    try (FileSystem image =
        FileSystems.newFileSystem(
            URI.create("jrt:/"), Map.of("java.home", jdk.home().toString()))) {
      Path patch = Files.createTempDirectory(folder, "doctored-");
      Path module = image.getPath("/modules/jdk.httpserver");
      try (Stream<Path> classes = Files.walk(module.resolve("sun"))) {
        for (Path each : classes.filter(file -> file.toString().endsWith(".class")).toList()) {
          Path copy = patch.resolve(module.relativize(each).toString());
          Files.createDirectories(copy.getParent());
          Files.write(copy, renamed(Files.readAllBytes(each), name, instead));
        }
      }
      return patch;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every constant that is this text, with its length before it. */
  private static byte[] renamed(byte[] classFile, String name, String instead) {
    if (name.length() != instead.length()) {
      throw new IllegalArgumentException(instead + " (expected: as long as " + name + ")");
    }
    String length = "\001\000" + (char) name.length();
    String bytes = new String(classFile, StandardCharsets.ISO_8859_1);
    return bytes.replace(length + name, length + instead).getBytes(StandardCharsets.ISO_8859_1);
  }
}

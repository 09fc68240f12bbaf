package dev.weft.agent.build;

import dev.weft.bridge.Bridge;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Writes the two indexes of the agent's jar: {@code index}, the types that modules weave, each with
 * its module's class ({@code @} before it: woven only on demand; {@code !}: of a server); and
 * {@code boot/index}, the bridge's classes in an order in which they can be defined one by one.
 */
public final class IndexWriter {
  private IndexWriter() {}

  public static void main(String[] arguments) throws Exception {
    Path out = Path.of(arguments[0]);
    Files.createDirectories(out.resolve("boot"));
    Files.writeString(out.resolve("index"), types());
    Files.writeString(out.resolve("boot/index"), bridge());
  }

  private static String types() {
    TreeMap<String, String> index = new TreeMap<>();
    ClassLoader loader = IndexWriter.class.getClassLoader();
    for (InstrumentationModule module : ServiceLoader.load(InstrumentationModule.class, loader)) {
      if (module instanceof WeftModule weft) {
        for (WovenType type : weft.types()) {
          for (String name : type.names()) {
            String mark = weft.onDemand() ? "@" : weft.guards() ? "!" : "";
            String value = mark + weft.getClass().getName();
            String other = index.put(name.replace('.', '/'), value);
            if (other != null && !other.equals(value)) {
              throw new IllegalStateException(name + " is woven by " + other + " and " + value);
            }
          }
        }
      }
    }
    if (index.isEmpty()) {
      throw new IllegalStateException("no module found");
    }
    StringBuilder text = new StringBuilder();
    index.forEach((type, module) -> text.append(type).append('=').append(module).append('\n'));
    return text.toString();
  }

  private static String bridge() throws Exception {
    Set<String> ordered = new LinkedHashSet<>();
    for (String name : classesBeside(Bridge.class)) {
      add(Class.forName(name, false, IndexWriter.class.getClassLoader()), ordered);
    }
    return String.join("\n", ordered) + "\n";
  }

  /** Supertypes first: a class is defined only after what it extends. */
  private static void add(Class<?> type, Set<String> ordered) {
    if (!type.getPackage().equals(Bridge.class.getPackage())) {
      return;
    }
    if (type.getSuperclass() != null) {
      add(type.getSuperclass(), ordered);
    }
    for (Class<?> parent : type.getInterfaces()) {
      add(parent, ordered);
    }
    ordered.add(type.getName().replace('.', '/'));
  }

  private static List<String> classesBeside(Class<?> type) throws IOException, URISyntaxException {
    URL source = type.getProtectionDomain().getCodeSource().getLocation();
    Path path = Path.of(source.toURI());
    if (Files.isDirectory(path)) {
      return classes(path, type);
    }
    try (FileSystem jar = FileSystems.newFileSystem(path)) {
      return classes(jar.getPath("/"), type);
    }
  }

  private static List<String> classes(Path root, Class<?> beside) throws IOException {
    List<String> names = new ArrayList<>();
    String folder = beside.getPackageName();
    try (Stream<Path> files = Files.list(root.resolve(folder.replace('.', '/')))) {
      files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".class") && !file.equals("package-info.class"))
          .sorted()
          .forEach(file -> names.add(folder + "." + file.substring(0, file.length() - 6)));
    }
    return names;
  }
}

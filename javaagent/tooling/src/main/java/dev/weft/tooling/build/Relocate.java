package dev.weft.tooling.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.commons.ClassRemapper;
import net.bytebuddy.jar.asm.commons.Remapper;

/**
 * Makes an adapter of a library one of a copy that somebody else carries under another name: the
 * same classes, with other names in them, in their strings too (decision 0044).
 */
public final class Relocate {
  private static final String CLASS = ".class";

  private final Map<String, String> names;

  private Relocate(Map<String, String> names) {
    this.names = names;
  }

  /**
   * @param arguments the folder of the classes; the folder for the new ones; which, a pattern of
   *     simple names; then {@code from=to}: where {@code from} ends with a dot, what begins so,
   *     else whole strings
   */
  public static void main(String[] arguments) throws IOException {
    Path from = Path.of(arguments[0]);
    Path to = Path.of(arguments[1]);
    Pattern which = Pattern.compile(arguments[2]);
    Map<String, String> names = new LinkedHashMap<>();
    for (String pair : Arrays.asList(arguments).subList(3, arguments.length)) {
      int equals = pair.indexOf('=');
      names.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    Relocate relocate = new Relocate(names);
    List<Path> files;
    try (Stream<Path> all = Files.walk(from)) {
      files = all.filter(file -> file.toString().endsWith(CLASS)).sorted().toList();
    }
    int count = 0;
    for (Path file : files) {
      String simple = file.getFileName().toString();
      if (which.matcher(simple.substring(0, simple.length() - CLASS.length())).matches()) {
        relocate.write(Files.readAllBytes(file), to);
        count++;
      }
    }
    if (count == 0) {
      throw new IOException("no class " + which + " in " + from);
    }
  }

  private void write(byte[] classFile, Path to) throws IOException {
    ClassReader reader = new ClassReader(classFile);
    ClassWriter writer = new ClassWriter(0);
    reader.accept(new ClassRemapper(writer, new Names()), 0);
    Path file = to.resolve(internal(reader.getClassName()) + CLASS);
    Files.createDirectories(file.getParent());
    Files.write(file, writer.toByteArray());
  }

  private String internal(String name) {
    return renamed(name.replace('/', '.')).replace('.', '/');
  }

  private String renamed(String name) {
    String whole = names.get(name);
    if (whole != null) {
      return whole;
    }
    for (Map.Entry<String, String> each : names.entrySet()) {
      if (each.getKey().endsWith(".") && name.startsWith(each.getKey())) {
        return each.getValue() + name.substring(each.getKey().length());
      }
    }
    return name;
  }

  private final class Names extends Remapper {
    @Override
    public String map(String internalName) {
      return internal(internalName);
    }

    @Override
    public Object mapValue(Object value) {
      return value instanceof String ? renamed((String) value) : super.mapValue(value);
    }
  }
}

package dev.weft.tooling.build;

import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.commons.ClassRemapper;
import net.bytebuddy.jar.asm.commons.Remapper;
import org.jspecify.annotations.Nullable;

/**
 * Writes beside each module's class the names of its helpers: what its advice names, and what that
 * names in turn, of the classes that come with the module. Supertypes come first, for a class can
 * only be defined after what it extends.
 */
public final class HelperLists {
  private final Path classes;
  private final Set<String> advice = new LinkedHashSet<>();
  private final Set<String> helpers = new LinkedHashSet<>();

  private HelperLists(Path classes) {
    this.classes = classes;
  }

  /**
   * @param arguments the folder of the classes of some modules
   */
  public static void main(String[] arguments) throws Exception {
    Path classes = Path.of(arguments[0]);
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (InstrumentationModule module : ServiceLoader.load(InstrumentationModule.class, loader)) {
      Path file = classes.resolve(internal(module.getClass().getName()) + ".class");
      if (module instanceof WeftModule weft && Files.exists(file)) {
        List<String> names = of(weft, classes);
        Files.writeString(
            file.resolveSibling(weft.listOfHelpers()),
            names.size() + "\n" + String.join("\n", names) + "\n");
      }
    }
  }

  /**
   * @param classes the folder that has the module's
   */
  static List<String> of(WeftModule module, Path classes) throws IOException {
    return new HelperLists(classes).of(module);
  }

  private List<String> of(WeftModule module) throws IOException {
    for (WovenType type : module.types()) {
      advice.addAll(type.advice());
    }
    for (String each : advice) {
      visit(internal(each), false);
    }
    for (String each : module.calledByChanges()) {
      add(internal(each));
    }
    List<String> names = new ArrayList<>();
    helpers.forEach(each -> names.add(each.replace('/', '.')));
    return names;
  }

  private static String internal(String name) {
    return name.replace('.', '/');
  }

  private void add(String name) throws IOException {
    if (!advice.contains(name.replace('/', '.')) && Files.exists(file(name))) {
      visit(name, true);
    }
  }

  private Path file(String name) {
    return classes.resolve(name + ".class");
  }

  private void visit(String name, boolean helper) throws IOException {
    if (helpers.contains(name)) {
      return;
    }
    ClassReader reader;
    try (InputStream in = Files.newInputStream(file(name))) {
      reader = new ClassReader(in);
    }
    if (helper) {
      add(reader.getSuperName());
      for (String parent : reader.getInterfaces()) {
        add(parent);
      }
      helpers.add(name);
    }
    Set<String> named = new TreeSet<>(); // each build writes the same
    reader.accept(new Named(named, helper), 0);
    for (String each : named) {
      add(each);
    }
  }

  /** Every class that one names, but for those that it only says it is or holds a member of. */
  private static final class Named extends ClassRemapper {
    private final boolean withHost;

    /**
     * @param withHost whether it needs the class that it is nested in, to see what is private there
     */
    Named(Set<String> named, boolean withHost) {
      super(
          new ClassWriter(0), // for only what is written is read
          new Remapper() {
            @Override
            public String map(String internalName) {
              named.add(internalName);
              return internalName;
            }
          });
      this.withHost = withHost;
    }

    @Override
    public void visitNestHost(String nestHost) {
      if (withHost) {
        super.visitNestHost(nestHost);
      }
    }

    @Override
    public void visitInnerClass(
        String name, @Nullable String outerName, @Nullable String innerName, int access) {}

    @Override
    public void visitNestMember(String nestMember) {}
  }
}

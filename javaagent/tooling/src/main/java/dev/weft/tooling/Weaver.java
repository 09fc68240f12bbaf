package dev.weft.tooling;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.nio.ByteBuffer;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Weaves modules into classes as they load. A class is looked up by its exact name, read from its
 * class file alone (nothing of the application is loaded in order to weave it), and given the
 * modules' advice; its shape never changes, so a class that was loaded before can be woven too.
 *
 * <p>Modules are written with Byte Buddy's annotations, and of Byte Buddy only the class reader and
 * writer are loaded: its {@code AgentBuilder} would cost most of a second of CPU at start-up, its
 * {@code Advice} a third of one (decision 0034).
 */
public final class Weaver implements ClassFileTransformer {
  /** What became of weaving one type; for the self-test and for {@code weft agents}. */
  public interface Report {
    /**
     * @param remark what there is to be said of the library's version; null for nothing
     */
    void woven(WeftModule module, String type, @Nullable String remark);

    /** The type was left as it is, or woven in part only. */
    void failed(String module, String type, String reason);
  }

  /** What the weaver needs of the JVM. */
  public interface Jvm {
    /** Defines a helper class in a loader; null: the bootstrap loader. */
    void define(@Nullable ClassLoader loader, byte[] classFile);

    /** Lets the code of a named module call classes of an unnamed one. */
    void addReads(Module module, Module unnamed);
  }

  private static final int CLASS_FILE = 0xCAFEBABE;

  private final Map<String, String> moduleOfType;
  private final ClassLoader modulesFrom;
  private final Jvm jvm;
  private final Predicate<String> enabled;
  private final Report report;
  private final boolean guarded;
  private final Map<String, WeftModule> modules = new HashMap<>();
  private final Set<String> unusable = new HashSet<>();
  private final Map<ClassLoader, Set<String>> helpersDefined =
      Collections.synchronizedMap(new WeakHashMap<>());
  private final Set<String> bootHelpersDefined = Collections.synchronizedSet(new HashSet<>());

  /**
   * @param moduleOfType internal name of each type → name of the class of its {@link WeftModule}
   * @param modulesFrom loads the modules, and has the class files of their advice and helpers
   * @param enabled whether a module, by its name without {@code weft-}, is switched on
   * @param guarded whether a floor is set: types of servers are woven whole or not at all, and an
   *     error in their advice is one of the server
   */
  public Weaver(
      Map<String, String> moduleOfType,
      ClassLoader modulesFrom,
      Jvm jvm,
      Predicate<String> enabled,
      Report report,
      boolean guarded) {
    this.moduleOfType = moduleOfType;
    this.modulesFrom = modulesFrom;
    this.jvm = jvm;
    this.enabled = enabled;
    this.report = report;
    this.guarded = guarded;
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable Module module,
      @Nullable ClassLoader loader,
      @Nullable String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    String moduleClass = name == null ? null : moduleOfType.get(name);
    if (name == null || moduleClass == null) {
      return null;
    }
    String type = name.replace('/', '.');
    String moduleName = moduleClass;
    try {
      WeftModule weft = module(moduleClass);
      if (weft == null) {
        return null;
      }
      moduleName = weft.instrumentationName();
      if (!enabled.test(moduleName.substring("weft-".length()))) {
        if (guarded && weft.guards()) {
          report.failed(moduleName, type, "the module is switched off, in spite of the floor");
        }
        return null;
      }
      return weave(weft, type, module, loader, domain, bytes);
    } catch (Throwable t) {
      report.failed(moduleName, type, String.valueOf(t));
      return null;
    }
  }

  private byte @Nullable [] weave(
      WeftModule weft,
      String type,
      @Nullable Module module,
      @Nullable ClassLoader loader,
      @Nullable ProtectionDomain domain,
      byte[] bytes)
      throws IOException {
    boolean closes = guarded && weft.guards();
    Recipe recipe = new Recipe(bytes, loader, this::classFile, closes ? "failed" : "fault");
    for (WovenType instrumentation : weft.types()) {
      if (instrumentation.names().contains(type)) {
        instrumentation.transform(recipe);
      }
    }
    if (recipe.isEmpty()) {
      if (!recipe.hasCode() && !weft.guards()) {
        return null; // an interface of this name; what is meant is a class of other versions
      }
      report.failed(
          weft.instrumentationName(),
          type,
          "none of the methods to weave is there: unknown version");
      return null;
    }
    defineHelpers(weft, loader);
    if (loader != null && module != null && module.isNamed()) {
      // The helpers are in the loader's unnamed module, which a named one does not read by itself.
      jvm.addReads(module, loader.getUnnamedModule());
    }
    byte[] woven = recipe.weave();
    if ((weft.guards() || weft.whole()) && !recipe.missed().isEmpty()) {
      report.failed(
          weft.instrumentationName(),
          type,
          "nothing is there to weave for "
              + String.join(", ", recipe.missed())
              + ": unknown version");
      return closes || weft.whole() ? null : woven;
    }
    Tested tested = weft.tested();
    report.woven(weft, type, tested == null ? null : tested.remark(domain));
    return woven;
  }

  /** Null if it has been found unusable before, which was reported then. */
  private synchronized @Nullable WeftModule module(String className)
      throws ReflectiveOperationException, IOException {
    WeftModule module = modules.get(className);
    if (module == null && unusable.add(className)) { // until it has turned out to be usable
      module = (WeftModule) modulesFrom.loadClass(className).getDeclaredConstructor().newInstance();
      requireWhole(module);
      modules.put(className, module);
      unusable.remove(className);
    }
    return module;
  }

  /**
   * Before any type is woven: a module of which a part cannot be read must not weave the others.
   */
  private void requireWhole(WeftModule module) throws IOException {
    Set<String> parts = new LinkedHashSet<>(module.getAdditionalHelperClassNames());
    for (WovenType type : module.types()) {
      parts.addAll(type.advice());
    }
    for (String part : parts) {
      byte[] bytes = classFile(part);
      if (bytes.length < 4 || ByteBuffer.wrap(bytes).getInt() != CLASS_FILE) {
        throw new IOException("not a class file in the agent: " + part);
      }
    }
  }

  /**
   * Before any woven code of this loader can run: helpers are there when advice first calls them.
   */
  private void defineHelpers(InstrumentationModule module, @Nullable ClassLoader loader)
      throws IOException {
    Set<String> defined =
        loader == null
            ? bootHelpersDefined
            : helpersDefined.computeIfAbsent(
                loader, l -> Collections.synchronizedSet(new HashSet<>()));
    for (String helper : module.getAdditionalHelperClassNames()) {
      if (defined.add(helper)) {
        try {
          jvm.define(loader, classFile(helper));
        } catch (RuntimeException | IOException e) {
          defined.remove(helper);
          throw e;
        }
      }
    }
  }

  private byte[] classFile(String name) throws IOException {
    try (InputStream in = modulesFrom.getResourceAsStream(name.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new IOException("class missing from the agent: " + name);
      }
      return in.readAllBytes();
    }
  }
}

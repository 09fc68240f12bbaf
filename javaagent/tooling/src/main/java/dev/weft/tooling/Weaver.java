package dev.weft.tooling;

import dev.weft.bootstrap.Bridge;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.nio.ByteBuffer;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import net.bytebuddy.ClassFileVersion;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.scaffold.TypeInitializer;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.pool.TypePool;
import net.bytebuddy.utility.OpenedClassReader;
import org.jspecify.annotations.Nullable;

/**
 * Weaves modules into classes as they load. A class is looked up by its exact name, described from
 * its class file alone (nothing of the application is loaded in order to weave it), and given the
 * modules' advice; its shape never changes, so a class that was loaded before can be woven too.
 *
 * <p>Byte Buddy's own {@code AgentBuilder} does much more than this, and costs most of a second of
 * CPU at start-up for it.
 */
public final class Weaver implements ClassFileTransformer {
  /** What became of weaving one type; for the self-test and for {@code weft agents}. */
  public interface Report {
    void woven(String module, String type);

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
  private final ClassFileLocator ours;
  private final Advice.ExceptionHandler faults;
  private final Advice.ExceptionHandler failures;

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
      boolean guarded)
      throws NoSuchMethodException {
    this.moduleOfType = moduleOfType;
    this.modulesFrom = modulesFrom;
    this.jvm = jvm;
    this.enabled = enabled;
    this.report = report;
    this.guarded = guarded;
    this.ours = ClassFileLocator.ForClassLoader.of(modulesFrom);
    this.faults = toldOf("fault");
    this.failures = toldOf("failed");
  }

  private static Advice.ExceptionHandler toldOf(String method) throws NoSuchMethodException {
    return new Advice.ExceptionHandler.Simple(
        MethodInvocation.invoke(
            new MethodDescription.ForLoadedMethod(
                Bridge.class.getMethod(method, Throwable.class))));
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
      if (!weft.classLoaderMatcher().matches(loader)) {
        return null;
      }
      return weave(weft, type, module, loader, bytes);
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
      byte[] bytes)
      throws IOException {
    // Before the library: it may carry a Byte Buddy of its own, with other advice annotations.
    ClassFileLocator locator =
        new ClassFileLocator.Compound(
            ClassFileLocator.Simple.of(type, bytes),
            ours,
            loader == null
                ? ClassFileLocator.ForClassLoader.ofBootLoader()
                : ClassFileLocator.ForClassLoader.of(loader));
    boolean closes = guarded && weft.guards();
    Recipe recipe = new Recipe(type, locator, closes ? failures : faults);
    for (TypeInstrumentation instrumentation : weft.typeInstrumentations()) {
      if (instrumentation.typeMatcher().matches(recipe.type)) {
        instrumentation.transform(recipe);
      }
    }
    if (recipe.isEmpty()) {
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
    byte[] woven = recipe.applyTo(bytes);
    if (weft.guards() && !recipe.missed.isEmpty()) {
      report.failed(
          weft.instrumentationName(),
          type,
          "nothing is there to weave for "
              + String.join(", ", recipe.missed)
              + ": unknown version");
      return closes ? null : woven;
    }
    report.woven(weft.instrumentationName(), type);
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
    TypeTransformer names =
        new TypeTransformer() {
          @Override
          public void applyAdviceToMethod(
              ElementMatcher<? super MethodDescription> methods,
              Function<Advice.WithCustomMapping, Advice.WithCustomMapping> mapping,
              String adviceClass) {
            parts.add(adviceClass);
          }

          @Override
          public void applyTransformer(AgentBuilder.Transformer transformer) {}
        };
    for (TypeInstrumentation instrumentation : module.typeInstrumentations()) {
      instrumentation.transform(names);
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

  /** Collects what a module wants done to one type, and does it. */
  private final class Recipe implements TypeTransformer {
    private final TypeDescription type;
    private final ClassFileLocator locator;
    private final TypePool pool;
    private final List<CodeChange> changes = new ArrayList<>();
    private final Advice.ExceptionHandler errors;

    /** Names of the changes that found nothing to change. */
    final List<String> missed = new ArrayList<>();

    Recipe(String type, ClassFileLocator locator, Advice.ExceptionHandler errors) {
      this.errors = errors;
      // Described, never loaded: loading the advice would load the library's types that it names.
      this.locator = locator;
      this.pool =
          new TypePool.Default.WithLazyResolution(
              TypePool.CacheProvider.Simple.withObjectType(),
              locator,
              TypePool.Default.ReaderMode.FAST);
      this.type = pool.describe(type).resolve();
    }

    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> methods,
        Function<Advice.WithCustomMapping, Advice.WithCustomMapping> mapping,
        String adviceClass) {
      if (type.getDeclaredMethods().filter(methods).isEmpty()) {
        missed.add(adviceClass.substring(adviceClass.lastIndexOf('.') + 1));
        return;
      }
      Advice advice =
          mapping
              .apply(Advice.withCustomMapping())
              .to(pool.describe(adviceClass).resolve(), locator)
              .withExceptionHandler(errors);
      changes.add(new CodeChange(methods, advice));
    }

    @Override
    public void applyTransformer(AgentBuilder.Transformer transformer) {
      if (!(transformer instanceof CodeChange change)) {
        throw new IllegalArgumentException(
            "transformer: " + transformer.getClass().getName() + " (expected: a CodeChange)");
      }
      changes.add(change);
    }

    boolean isEmpty() {
      return changes.isEmpty();
    }

    byte[] applyTo(byte[] bytes) {
      AsmVisitorWrapper.ForDeclaredMethods all = new AsmVisitorWrapper.ForDeclaredMethods();
      for (CodeChange change : changes) {
        all = all.invokable(change.methods(), change.change());
      }
      ClassFileVersion version = ClassFileVersion.ofClassFile(bytes);
      ClassReader reader = OpenedClassReader.of(bytes);
      // With the reader: methods that are not changed are copied as they are.
      ClassWriter writer = new ClassWriter(reader, AsmVisitorWrapper.NO_FLAGS);
      reader.accept(
          all.wrap(
              type,
              writer,
              // Nothing is added to the type, so there is nothing auxiliary to name or initialize.
              Implementation.Context.Disabled.Factory.INSTANCE.make(
                  type, null, TypeInitializer.None.INSTANCE, version, version),
              pool,
              type.getDeclaredFields(),
              type.getDeclaredMethods(),
              AsmVisitorWrapper.NO_FLAGS,
              AsmVisitorWrapper.NO_FLAGS),
          AsmVisitorWrapper.NO_FLAGS);
      for (CodeChange change : changes) {
        if (!change.done().getAsBoolean()) {
          missed.add(change.change().getClass().getSimpleName());
        }
      }
      return writer.toByteArray();
    }
  }
}

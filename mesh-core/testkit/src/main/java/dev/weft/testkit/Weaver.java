package dev.weft.testkit;

import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.dynamic.loading.ClassInjector;
import net.bytebuddy.jar.asm.ClassReader;
import org.jspecify.annotations.Nullable;

/** Weaves modules into this JVM, with the weaver of the agent's host. */
public final class Weaver {
  private static final Set<Class<?>> INSTALLED = ConcurrentHashMap.newKeySet();
  private static final Queue<String> ERRORS = new ConcurrentLinkedQueue<>();
  private static final Set<String> WOVEN = ConcurrentHashMap.newKeySet();

  private Weaver() {}

  /** Weaves a module, once in the life of the JVM; classes already loaded are retransformed. */
  public static void install(WeftModule module) {
    if (!INSTALLED.add(module.getClass())) {
      return;
    }
    Instrumentation instrumentation = ByteBuddyAgent.install();
    Map<String, String> moduleOfType = new HashMap<>();
    for (WovenType type : module.types()) {
      for (String name : type.names()) {
        moduleOfType.put(name.replace('.', '/'), module.getClass().getName());
      }
    }
    try {
      instrumentation.addTransformer(
          new dev.weft.tooling.Weaver(
              moduleOfType,
              module.getClass().getClassLoader(),
              new Jvm(instrumentation),
              name -> true,
              new Watch(),
              false),
          true);
      for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
        if (moduleOfType.containsKey(loaded.getName().replace('.', '/'))) {
          instrumentation.retransformClasses(loaded);
        }
      }
    } catch (UnmodifiableClassException e) {
      throw new IllegalStateException("cannot weave " + module.instrumentationName(), e);
    }
  }

  /** What was left unwoven so far, in any loader, and why. */
  public static Queue<String> errors() {
    return ERRORS;
  }

  /** Names of the classes woven so far, in any loader. */
  public static Set<String> woven() {
    return Collections.unmodifiableSet(WOVEN);
  }

  private record Jvm(Instrumentation instrumentation) implements dev.weft.tooling.Weaver.Jvm {
    @Override
    public void define(@Nullable ClassLoader loader, byte[] classFile) {
      String name = new ClassReader(classFile).getClassName().replace('/', '.');
      ClassInjector.UsingUnsafe.Factory.resolve(instrumentation)
          .make(loader, null)
          .injectRaw(Map.of(name, classFile));
    }

    @Override
    public void addReads(Module module, Module unnamed) {
      instrumentation.redefineModule(
          module, Set.of(unnamed), Map.of(), Map.of(), Set.of(), Map.of());
    }
  }

  private static final class Watch implements dev.weft.tooling.Weaver.Report {
    @Override
    public void woven(WeftModule module, String type, @Nullable String remark) {
      WOVEN.add(type);
      if (remark != null) {
        ERRORS.add(module + " is tried with what it does not say: " + remark);
      }
    }

    @Override
    public void failed(String module, String type, String reason) {
      ERRORS.add(module + " left " + type + " as it is: " + reason);
    }
  }
}

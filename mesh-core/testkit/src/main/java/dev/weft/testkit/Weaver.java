package dev.weft.testkit;

import dev.weft.bootstrap.Bridge;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.loading.ClassInjector;
import net.bytebuddy.implementation.bytecode.StackManipulation;
import net.bytebuddy.implementation.bytecode.member.MethodInvocation;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.utility.JavaModule;
import org.jspecify.annotations.Nullable;

/**
 * Weaves modules into this JVM the way the agent's host does: no change of class formats, advice
 * described and never loaded, errors of advice led to {@link Bridge#fault}, helper classes defined
 * in the loader of the woven class when the first class of their module is.
 */
public final class Weaver {
  private static final Set<Class<?>> INSTALLED = ConcurrentHashMap.newKeySet();
  private static final Queue<Throwable> ERRORS = new ConcurrentLinkedQueue<>();
  private static final Set<String> WOVEN = ConcurrentHashMap.newKeySet();

  private Weaver() {}

  /** Weaves a module, once in the life of the JVM; classes already loaded are retransformed. */
  public static void install(WeftModule module) {
    if (!INSTALLED.add(module.getClass())) {
      return;
    }
    Instrumentation instrumentation = ByteBuddyAgent.install();
    AgentBuilder agent =
        new AgentBuilder.Default()
            .disableClassFormatChanges()
            .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
            .with(AgentBuilder.DescriptionStrategy.Default.POOL_ONLY)
            .with(new Watch())
            .ignore(ElementMatchers.none());
    Helpers helpers = new Helpers(instrumentation, module);
    for (WovenType type : module.types()) {
      Typed typed = new Typed(module, agent.type(type.typeMatcher()).transform(helpers));
      type.transform(typed);
      agent = typed.agent;
    }
    agent.installOn(instrumentation);
  }

  /** What went wrong while weaving, in any class so far. */
  public static Queue<Throwable> errors() {
    return ERRORS;
  }

  /** Names of the classes woven so far, in any loader. */
  public static Set<String> woven() {
    return Collections.unmodifiableSet(WOVEN);
  }

  /** The host's side of one type of a module. */
  private static final class Typed implements TypeTransformer {
    private final ClassFileLocator advices;
    private AgentBuilder.Identified.Extendable agent;

    Typed(WeftModule module, AgentBuilder.Identified.Extendable agent) {
      this.advices = ClassFileLocator.ForClassLoader.of(module.getClass().getClassLoader());
      this.agent = agent;
    }

    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> method, String advice) {
      applyAdviceToMethod(method, Function.identity(), advice);
    }

    @Override
    public void applyAdviceToMethod(
        ElementMatcher<? super MethodDescription> method,
        Function<Advice.WithCustomMapping, Advice.WithCustomMapping> mapping,
        String advice) {
      agent =
          agent.transform(
              new AgentBuilder.Transformer.ForAdvice(mapping.apply(Advice.withCustomMapping()))
                  .include(advices)
                  .withExceptionHandler(faultHandler())
                  .advice(method, advice));
    }

    @Override
    public void applyTransformer(AgentBuilder.Transformer transformer) {
      agent = agent.transform(transformer);
    }

    private static Advice.ExceptionHandler faultHandler() {
      try {
        StackManipulation fault =
            MethodInvocation.invoke(
                new MethodDescription.ForLoadedMethod(
                    Bridge.class.getMethod("fault", Throwable.class)));
        return new Advice.ExceptionHandler.Simple(fault);
      } catch (NoSuchMethodException e) {
        throw new LinkageError("the bridge has no fault(Throwable)", e);
      }
    }
  }

  /** Defines a module's helper classes in a loader when the first class of the module meets it. */
  private static final class Helpers implements AgentBuilder.Transformer {
    private static final Object BOOT = new Object();

    private final Instrumentation instrumentation;
    private final WeftModule module;
    private final Map<Object, Boolean> done = new WeakHashMap<>();

    Helpers(Instrumentation instrumentation, WeftModule module) {
      this.instrumentation = instrumentation;
      this.module = module;
    }

    @Override
    public DynamicType.Builder<?> transform(
        DynamicType.Builder<?> builder,
        TypeDescription type,
        @Nullable ClassLoader loader,
        @Nullable JavaModule owner,
        ProtectionDomain domain) {
      synchronized (done) {
        if (done.put(loader == null ? BOOT : loader, true) == null) {
          define(loader, domain);
        }
      }
      return builder;
    }

    private void define(@Nullable ClassLoader loader, @Nullable ProtectionDomain domain) {
      Map<String, byte[]> classes = new LinkedHashMap<>();
      ClassFileLocator source =
          ClassFileLocator.ForClassLoader.of(module.getClass().getClassLoader());
      try {
        for (String name : module.getAdditionalHelperClassNames()) {
          classes.put(name, source.locate(name).resolve());
        }
      } catch (IOException e) {
        throw new IllegalStateException("cannot read the helpers of " + module, e);
      }
      ClassInjector.UsingUnsafe.Factory.resolve(instrumentation)
          .make(loader, domain)
          .injectRaw(classes);
    }
  }

  private static final class Watch extends AgentBuilder.Listener.Adapter {
    @Override
    public void onTransformation(
        TypeDescription type,
        @Nullable ClassLoader loader,
        @Nullable JavaModule module,
        boolean loaded,
        DynamicType dynamicType) {
      WOVEN.add(type.getName());
    }

    @Override
    public void onError(
        String type,
        @Nullable ClassLoader loader,
        @Nullable JavaModule module,
        boolean loaded,
        Throwable error) {
      ERRORS.add(new IllegalStateException("cannot weave " + type, error));
    }
  }
}

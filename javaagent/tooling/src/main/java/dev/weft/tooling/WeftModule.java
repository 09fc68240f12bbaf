package dev.weft.tooling;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import java.util.List;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/**
 * An instrumentation module of the mesh: a name, the types it weaves, and the helper classes that
 * it needs beside them.
 */
public abstract class WeftModule extends InstrumentationModule {
  private final List<String> helpers;

  /**
   * @param name as shown by {@code weft agents} and used in {@code weft.module.<name>.enabled}
   * @param helpers names of classes that advice calls, superclasses and interfaces first: they are
   *     defined in the loader of the woven class, in its package
   */
  protected WeftModule(String name, String... helpers) {
    super("weft-" + name, "weft");
    this.helpers = List.of(helpers);
  }

  @Override
  public boolean defaultEnabled() {
    return true;
  }

  @Override
  public final List<String> getAdditionalHelperClassNames() {
    return helpers;
  }

  @Override
  public final List<TypeInstrumentation> typeInstrumentations() {
    return List.copyOf(types());
  }

  /** All loaders: the names of the types say enough, and our host does not ask. */
  @Override
  public final ElementMatcher.Junction<ClassLoader> classLoaderMatcher() {
    return super.classLoaderMatcher();
  }

  /**
   * Whether this module's types are woven only when the host asks for it, not when they load: for
   * types that every JVM loads.
   */
  public boolean onDemand() {
    return false;
  }

  /**
   * Whether this module stands before a server: under a floor, a type of its that is not woven
   * whole must not be loaded, for what it serves would be open.
   */
  public boolean guards() {
    return false;
  }

  /**
   * Whose connections and ports are led, or known of, where this module is woven: how the names of
   * the classes begin that make them. Others are reported as out of the mesh's reach.
   */
  public List<String> speaksFor() {
    return List.of();
  }

  /** The versions that this module has been tried with; null where there is nothing to tell. */
  public @Nullable Tested tested() {
    return null;
  }

  /** The types that this module weaves. */
  public abstract List<WovenType> types();
}

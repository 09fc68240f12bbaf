package dev.weft.tooling;

import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/** An instrumentation module of the mesh: a name, and the types it weaves. */
public abstract class WeftModule extends InstrumentationModule {
  private @Nullable List<String> helpers;

  /**
   * @param name as shown by {@code weft agents} and used in {@code weft.module.<name>.enabled}
   */
  protected WeftModule(String name) {
    super("weft-" + name, "weft");
  }

  @Override
  public boolean defaultEnabled() {
    return true;
  }

  /**
   * The classes that advice calls, and what those name, supertypes first: they are defined in the
   * loader of the woven class, in its package. Found when the module is built ({@code
   * dev.weft.tooling.build}).
   *
   * @throws UncheckedIOException if that cannot be read
   */
  @Override
  public final synchronized List<String> getAdditionalHelperClassNames() {
    List<String> known = helpers;
    if (known == null) {
      known = read(listOfHelpers());
      helpers = known;
    }
    return known;
  }

  /** Name of the file beside this class that lists them: how many there are, then each. */
  public final String listOfHelpers() {
    return getClass().getSimpleName() + ".helpers";
  }

  private List<String> read(String file) {
    try (InputStream in = getClass().getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("missing from the agent: " + file);
      }
      String[] lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
      if (!lines[0].equals(String.valueOf(lines.length - 1))) {
        throw new IOException("not whole: " + file);
      }
      return List.of(lines).subList(1, lines.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of those that a {@link CodeChange} of this module calls, which no advice shows. */
  public List<String> calledByChanges() {
    return List.of();
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
   * Whether one method less to weave in a type is a type that is left as it is: for those whose
   * woven methods count on each other.
   */
  public boolean whole() {
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

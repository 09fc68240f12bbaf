package dev.weft.agent;

import dev.weft.bridge.Bridge;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * {@code -javaagent:weft.jar}. Puts the bridge on the bootstrap loader and a transformer in place
 * that does nothing until a class that a module weaves is loaded. Never fails the JVM: whatever
 * goes wrong here is one line on stderr, and the application runs without the mesh; only where a
 * floor is set, it does not serve.
 */
public final class WeftAgent {
  /** In the index, before modules that weave on demand. */
  private static final char ON_DEMAND = '@';

  /** In the index, before modules that guard servers. */
  private static final char SERVERS = '!';

  private WeftAgent() {}

  /** Called by the JVM before {@code main}. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    LaunchCheck.Floor floor = null;
    try {
      if (!LaunchCheck.wanted(System.getProperties(), System.getenv())) {
        String mistyped = LaunchCheck.mistyped(System.getProperties(), System.getenv());
        if (mistyped != null) {
          System.err.println(
              "[weft] " + mistyped + ": without a service's name this JVM stays out of the mesh");
        }
        return;
      }
      floor = LaunchCheck.floor(System.getProperties(), System.getenv());
      if (bridgePresent()) {
        System.err.println(
            "[weft] another Weft agent is active in this JVM already; this one stays out");
        return;
      }
      start(instrumentation, floor);
    } catch (Throwable t) {
      if (floor == null) {
        System.err.println("[weft] not started, the application runs without the mesh: " + t);
      } else {
        keepClosed(instrumentation, floor.setting(), t);
      }
    }
  }

  private static void keepClosed(Instrumentation instrumentation, String floor, Throwable why) {
    System.err.println("[weft] not started, and " + floor + ": servers are not loaded: " + why);
    if (!ServerGuard.install(instrumentation, floor)) {
      System.err.println("[weft] a server is loaded already; this JVM ends");
      System.exit(1);
    }
  }

  private static void start(Instrumentation instrumentation, LaunchCheck.@Nullable Floor floor)
      throws Exception {
    File file =
        new File(WeftAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    JarFile jar = new JarFile(file, false);
    Module ours = WeftAgent.class.getModule();
    Definer definer = Definer.open(instrumentation, ours);
    for (String name : TextEntries.lines(jar, "weft/boot/index")) {
      definer.define(null, name, TextEntries.bytes(jar, "weft/boot/" + name + ".classdata"));
    }
    if (floor != null) {
      Bridge.guard(floor.setting(), floor.ownTlsSuffices());
    }
    Map<String, String> index = TextEntries.table(jar, "weft/index");
    if (!LaunchCheck.named(System.getProperties(), System.getenv())) {
      // Only because of a floor: what does not serve is not to notice.
      index.values().removeIf(module -> module.charAt(0) != SERVERS);
    }
    AgentLoader loader = new AgentLoader(jar, false);
    LazyTransformer transformer =
        new LazyTransformer(
            index, loader, instrumentation, definer, floor == null ? null : floor.setting());
    instrumentation.addTransformer(transformer, true);
    transformer.retransformLoaded();
  }

  private static boolean bridgePresent() {
    try {
      Class.forName("dev.weft.bridge.Bridge", false, null);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /**
   * Defines classes in any loader, the bootstrap loader included, without adding a jar to its
   * search path: that would switch off class data sharing for the application, and say so on
   * stderr.
   */
  public static final class Definer {
    private final Object unsafe;
    private final Method defineClass;

    private Definer(Object unsafe, Method defineClass) {
      this.unsafe = unsafe;
      this.defineClass = defineClass;
    }

    static Definer open(Instrumentation instrumentation, Module ours) throws Exception {
      instrumentation.redefineModule(
          Object.class.getModule(),
          Set.of(),
          Map.of("jdk.internal.misc", Set.of(ours)),
          Map.of(),
          Set.of(),
          Map.of());
      Class<?> type = Class.forName("jdk.internal.misc.Unsafe");
      return new Definer(
          type.getMethod("getUnsafe").invoke(null),
          type.getMethod(
              "defineClass",
              String.class,
              byte[].class,
              int.class,
              int.class,
              ClassLoader.class,
              java.security.ProtectionDomain.class));
    }

    /**
     * @param loader null for the bootstrap loader
     * @param internalName with slashes; null: as the class file says
     */
    public Class<?> define(
        @Nullable ClassLoader loader, @Nullable String internalName, byte[] bytes)
        throws ReflectiveOperationException {
      return (Class<?>)
          defineClass.invoke(unsafe, internalName, bytes, 0, bytes.length, loader, null);
    }
  }

  /** Loads the weaver and the host only when the first class that a module weaves is loaded. */
  static final class LazyTransformer implements ClassFileTransformer {
    private final Map<String, String> index;
    private final AgentLoader loader;
    private final Instrumentation instrumentation;
    private final Definer definer;
    private final @Nullable String floor;
    private volatile @Nullable ClassFileTransformer weaver;
    private boolean failed;

    LazyTransformer(
        Map<String, String> index,
        AgentLoader loader,
        Instrumentation instrumentation,
        Definer definer,
        @Nullable String floor) {
      this.index = index;
      this.loader = loader;
      this.instrumentation = instrumentation;
      this.definer = definer;
      this.floor = floor;
    }

    @Override
    public byte @Nullable [] transform(
        Module module,
        @Nullable ClassLoader from,
        @Nullable String name,
        @Nullable Class<?> redefined,
        java.security.ProtectionDomain domain,
        byte[] bytes) {
      String woven = name == null ? null : index.get(name);
      boolean onDemand = woven != null && woven.charAt(0) == ON_DEMAND;
      if (name == null
          || woven == null
          || (onDemand && redefined == null)
          || from instanceof AgentLoader) {
        return null;
      }
      String closing = woven.charAt(0) == SERVERS ? floor : null;
      byte[] done = null;
      try {
        ClassFileTransformer weaver = weaver();
        if (weaver != null) {
          done = weaver.transform(module, from, name, redefined, domain, bytes);
        }
      } catch (Throwable t) {
        Throwable cause = t.getCause() == null ? t : t.getCause();
        String became =
            closing == null ? " left as it is: " : " is not loaded, as " + closing + ": ";
        System.err.println("[weft] " + name.replace('/', '.') + became + cause);
      }
      return done == null && closing != null ? ServerGuard.unloadable(closing) : done;
    }

    private @Nullable ClassFileTransformer weaver() throws Exception {
      ClassFileTransformer ready = weaver;
      return ready != null ? ready : load();
    }

    private synchronized @Nullable ClassFileTransformer load() throws Exception {
      if (weaver == null && !failed) {
        failed = true; // until it has not
        weaver =
            (ClassFileTransformer)
                loader
                    .loadClass("dev.weft.agent.host.Host")
                    .getMethod(
                        "start",
                        Map.class,
                        Instrumentation.class,
                        java.util.function.BiFunction.class)
                    .invoke(null, index, instrumentation, new HelperDefiner(definer));
        failed = false;
      }
      return weaver;
    }

    /** Types that were loaded before the agent came are woven where they stand. */
    void retransformLoaded() throws UnmodifiableClassException {
      List<Class<?>> loaded = new ArrayList<>();
      for (Class<?> type : instrumentation.getAllLoadedClasses()) {
        String module = index.get(type.getName().replace('.', '/'));
        if (module != null && module.charAt(0) != ON_DEMAND) {
          loaded.add(type);
        }
      }
      if (!loaded.isEmpty()) {
        instrumentation.retransformClasses(loaded.toArray(new Class<?>[0]));
      }
    }
  }

  /**
   * The {@link Definer} in types that the isolated loader shares with this one: (loader, class
   * file) → class. The name is read by the JVM from the class file.
   */
  private static final class HelperDefiner
      implements java.util.function.BiFunction<@Nullable ClassLoader, byte[], Class<?>> {
    private final Definer definer;

    HelperDefiner(Definer definer) {
      this.definer = definer;
    }

    @Override
    public Class<?> apply(@Nullable ClassLoader loader, byte[] bytes) {
      try {
        return definer.define(loader, null, bytes);
      } catch (ReflectiveOperationException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        throw new IllegalStateException(String.valueOf(cause), cause);
      }
    }
  }

  /** Small readers for the entries of the agent's own jar. */
  static final class TextEntries {
    private TextEntries() {}

    static byte[] bytes(JarFile jar, String entry) throws IOException {
      ZipEntry found = jar.getEntry(entry);
      if (found == null) {
        throw new IOException(jar.getName() + " is damaged: " + entry + " is missing");
      }
      try (InputStream in = jar.getInputStream(found)) {
        return in.readAllBytes();
      }
    }

    static List<String> lines(JarFile jar, String entry) throws IOException {
      List<String> lines = new ArrayList<>();
      String text = new String(bytes(jar, entry), java.nio.charset.StandardCharsets.UTF_8);
      int start = 0;
      for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        if (end > start) {
          lines.add(text.substring(start, end));
        }
        start = end + 1;
      }
      if (lines.isEmpty()) {
        throw new IOException(jar.getName() + " is damaged: there is nothing in " + entry);
      }
      return lines;
    }

    /** Lines of {@code key=value}. */
    static Map<String, String> table(JarFile jar, String entry) throws IOException {
      Map<String, String> table = new java.util.HashMap<>();
      for (String line : lines(jar, entry)) {
        int equals = line.indexOf('=');
        table.put(line.substring(0, equals), line.substring(equals + 1));
      }
      return table;
    }
  }
}

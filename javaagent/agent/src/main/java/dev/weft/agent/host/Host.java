package dev.weft.agent.host;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Mesh;
import dev.weft.host.ErrorNotes;
import dev.weft.host.HostMesh;
import dev.weft.runtime.Log;
import dev.weft.runtime.Member;
import dev.weft.runtime.Node;
import dev.weft.runtime.Settings;
import dev.weft.tooling.Weaver;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Comes to life when the first class that a module weaves is loaded: makes the weaver, and has the
 * mesh started on a thread of its own, beside the application's own start.
 */
public final class Host {
  /** The agent's version, as told to the coordinator. */
  static final String VERSION = "0.1.0";

  /** After so long a server has opened the port that it has bound. */
  private static final long OPENED_SECONDS = 10;

  private static volatile boolean started;

  private Host() {}

  /**
   * Called by {@code WeftAgent}, once.
   *
   * @param index internal type name → module class, with {@code @} before those on demand and
   *     {@code !} before those of servers
   * @param define defines a class file in a loader (null: the bootstrap loader)
   */
  public static ClassFileTransformer start(
      Map<String, String> index,
      Instrumentation instrumentation,
      BiFunction<@Nullable ClassLoader, byte[], Class<?>> define)
      throws Exception {
    InstantSource clock = InstantSource.system();
    Settings settings = Settings.read(System.getProperties(), System.getenv());
    Log log =
        Log.open(
            settings.constant(Settings.LOG_LEVEL, Log.Level.class),
            settings.path(Settings.LOG_FILE),
            clock);
    Node node = Node.of(settings, VERSION, log);
    settings.takeWarnings().forEach(log::warn);
    if (node == null && !Bridge.guarded()) {
      return new NothingWoven();
    }
    Map<String, String> modules = new HashMap<>();
    List<String> onDemand = new ArrayList<>();
    for (Map.Entry<String, String> entry : index.entrySet()) {
      char mark = entry.getValue().charAt(0);
      if (mark == '@') {
        onDemand.add(entry.getKey().replace('/', '.'));
      }
      if (node != null || mark == '!') {
        boolean marked = mark == '@' || mark == '!';
        modules.put(entry.getKey(), marked ? entry.getValue().substring(1) : entry.getValue());
      }
    }
    SelfTest selfTest = new SelfTest(log);
    Weaver weaver =
        new Weaver(
            modules,
            Host.class.getClassLoader(),
            new Jvm(instrumentation, define),
            settings::moduleEnabled,
            selfTest,
            Bridge.guarded());
    if (node == null) {
      // A server of nobody's: the bridge stays closed, as the floor has it.
      log.error("no valid service name, and a floor is set: what this process serves is refused");
      return weaver;
    }
    ErrorNotes.open(instrumentation);
    Bridge.onFirstUse(() -> startMesh(settings, node, log, selfTest));
    Runnable start =
        () -> {
          Bridge.mesh();
          // What every JVM has loaded is woven where there is a mesh, and nobody waits for it; not
          // by a weaver that has done nothing but fail.
          if (started && !selfTest.onlyFailed()) {
            weaveOnDemand(instrumentation, onDemand, log);
          }
        };
    Thread starter = new Thread(null, start, "weft-start", 0, false);
    starter.setDaemon(true);
    starter.setContextClassLoader(null);
    starter.start();
    return weaver;
  }

  private static Mesh startMesh(Settings settings, Node node, Log log, SelfTest selfTest) {
    try {
      Member member = new Member(settings, node, log, selfTest::woven);
      settings.takeWarnings().forEach(log::warn);
      selfTest.onChange(member::wovenChanged);
      HostMesh mesh = new HostMesh(member, selfTest::unguarded);
      member.start();
      watch(member, selfTest, mesh);
      started = true;
      return mesh;
    } catch (RuntimeException | Error e) {
      log.error(
          "the mesh did not start, "
              + (Bridge.guarded()
                  ? "and a floor is set: what this process serves is refused: "
                  : "the application runs without it: ")
              + e);
      throw e;
    }
  }

  private static void watch(Member member, SelfTest selfTest, HostMesh mesh) {
    member.outside().onChange(member::wovenChanged);
    Runnable laterOn =
        () -> member.timer().schedule(member::wovenChanged, OPENED_SECONDS, TimeUnit.SECONDS);
    selfTest.asks(module -> mesh.outbound().askedBy(module.getClass().getPackageName()));
    Bridge.watch(
        new Outside(member.outside(), selfTest::leads, selfTest::adapts, laterOn, mesh::fault));
  }

  /**
   * They are the JDK's own; one that nobody has needed yet is loaded, so that there is something to
   * weave.
   */
  private static void weaveOnDemand(Instrumentation instrumentation, List<String> names, Log log) {
    for (String name : names) {
      try {
        instrumentation.retransformClasses(Class.forName(name, false, null));
      } catch (Exception | LinkageError e) {
        log.warnOnce("weave " + name, name + " left as it is: " + e);
      }
    }
  }

  private record Jvm(
      Instrumentation instrumentation, BiFunction<@Nullable ClassLoader, byte[], Class<?>> definer)
      implements Weaver.Jvm {
    @Override
    public void define(@Nullable ClassLoader loader, byte[] classFile) {
      Class<?> defined = definer.apply(loader, classFile);
      if (defined.getClassLoader() != loader) {
        throw new IllegalStateException(defined + " is in the wrong loader");
      }
    }

    @Override
    public void addReads(Module module, Module unnamed) {
      if (!module.canRead(unnamed)) {
        instrumentation.redefineModule(
            module, Set.of(unnamed), Map.of(), Map.of(), Set.of(), Map.of());
      }
    }
  }

  /** For a process whose name is not valid, where no floor is set. */
  private static final class NothingWoven implements ClassFileTransformer {}
}

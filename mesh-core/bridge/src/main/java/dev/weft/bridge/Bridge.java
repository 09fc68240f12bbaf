package dev.weft.bridge;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where woven code meets the mesh. Until a {@link Mesh} is attached, and again when none can be,
 * every hook passes through: the application works as it does without the agent. Only where a floor
 * is set, it is the other way round for what comes in: a mesh that works is what opens.
 *
 * <p>The mesh is started by the first woven code that asks for it, never earlier: a JVM that
 * neither calls nor serves pays for nothing. All methods may be called from any thread.
 */
public final class Bridge {
  private static final Object LOCK = new Object();

  /** What makes the mesh; taken (and set to null) by the first caller of {@link #mesh()}. */
  private static volatile @Nullable Supplier<Mesh> starter;

  /** What there is as long as there is no mesh. */
  private static volatile Mesh absent = Mesh.NONE;

  private static volatile Mesh mesh = Mesh.NONE;

  /** Told of all sockets; null for nobody. */
  private static volatile @Nullable Network network;

  private Bridge() {}

  /** The host's call, once a mesh has started: who is told of the sockets of this process. */
  public static void watch(Network told) {
    network = told;
  }

  /** As {@link Network#connecting}. Never throws. */
  public static void connecting(@Nullable SocketAddress to) {
    Network told = network;
    if (told != null) {
      told.connecting(to);
    }
  }

  /** As {@link Network#bound}. Never throws. */
  public static void bound(@Nullable SocketAddress at) {
    Network told = network;
    if (told != null) {
      told.bound(at);
    }
  }

  /** The host's one call, in {@code premain}: how to start the mesh when it is first needed. */
  public static void onFirstUse(Supplier<Mesh> start) {
    starter = start;
  }

  /**
   * The agent's first call where a floor is set: from here on nobody is let in but by a mesh that
   * has started.
   *
   * @param floor the setting that closes, such as {@code weft.mtls.floor=STRICT}
   * @param ownTlsSuffices whether it leaves alone what has a TLS of the application's own
   */
  public static void guard(String floor, boolean ownTlsSuffices) {
    absent = new ClosedMesh(floor, ownTlsSuffices);
    mesh = absent;
  }

  /** Whether a floor is set: what cannot be guarded must not serve. */
  public static boolean guarded() {
    return absent != Mesh.NONE;
  }

  /** The mesh of this process; {@link Mesh#NONE} when there is none. Starts it if need be. */
  public static Mesh mesh() {
    return starter == null ? mesh : start();
  }

  /** The mesh if it has been started, else {@link Mesh#NONE}. Never starts it. */
  public static Mesh started() {
    return mesh;
  }

  /**
   * For threads that must not wait: does what asks for {@link #mesh} now, or by a thread of its own
   * if that would have to be started first.
   */
  public static void aside(Runnable asking) {
    if (starter == null) {
      asking.run();
      return;
    }
    Thread thread = new Thread(null, asking, "weft-start", 0, false);
    thread.setDaemon(true);
    thread.start();
  }

  private static Mesh start() {
    synchronized (LOCK) {
      Supplier<Mesh> start = starter;
      if (start != null) {
        try {
          mesh = start.get();
        } catch (Throwable t) {
          // A mesh that cannot start is no mesh; the host has logged why.
          mesh = absent;
        } finally {
          starter = null;
        }
      }
      return mesh;
    }
  }

  /**
   * Opens a port, as {@link Inbound#open}. Never throws.
   *
   * @return null where there is no mesh, or it failed, and nobody is to be kept out for that
   */
  public static @Nullable Listener open(
      String library, @Nullable InetSocketAddress bound, boolean ownTls) {
    Mesh asked = mesh();
    if (asked == Mesh.NONE) {
      return null;
    }
    try {
      return asked.inbound().open(library, bound, ownTls);
    } catch (Throwable t) {
      fault(t);
      return closed(ownTls);
    }
  }

  /** The listener that lets nobody in, where a floor is set; else null. Never throws. */
  public static @Nullable Listener closed(boolean ownTls) {
    Mesh none = absent;
    return none == Mesh.NONE ? null : none.inbound().open("", null, ownTls);
  }

  /**
   * Whether a port that cannot be guarded may accept, as {@link Inbound#unguarded}. Never throws.
   *
   * @return null to let it; else why it may not
   */
  public static @Nullable String unguarded(Unguarded port) {
    try {
      return mesh().inbound().unguarded(port);
    } catch (Throwable t) {
      fault(t);
      return absent.inbound().unguarded(port);
    }
  }

  /**
   * An error inside the advice of a server where a floor is set: unlike after {@link #fault}, the
   * woven method must not go on as if the advice were not there, and ends with the error.
   */
  public static void failed(Throwable error) {
    fault(error);
    Bridge.<RuntimeException>raise(error);
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void raise(Throwable error) throws T {
    throw (T) error;
  }

  /**
   * An error inside an advice. Called by the exception handler that the host gives to every advice;
   * the woven method goes on as if the advice were not there. Counted, and logged once a place.
   */
  public static void fault(Throwable error) {
    try {
      mesh.fault(error);
    } catch (Throwable worse) {
      // Nothing may reach the application from here.
    }
  }
}

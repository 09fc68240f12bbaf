package dev.weft.bootstrap;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where woven code meets the mesh. Until a {@link Mesh} is attached, and again when none can be,
 * every hook passes through: the application works as it does without the agent.
 *
 * <p>The mesh is started by the first woven code that asks for it, never earlier: a JVM that
 * neither calls nor serves pays for nothing. All methods may be called from any thread.
 */
public final class Bridge {
  private static final Object LOCK = new Object();

  /** What makes the mesh; taken (and set to null) by the first caller of {@link #mesh()}. */
  private static volatile @Nullable Supplier<Mesh> starter;

  private static volatile Mesh mesh = Mesh.NONE;

  private Bridge() {}

  /** The host's one call, in {@code premain}: how to start the mesh when it is first needed. */
  public static void onFirstUse(Supplier<Mesh> start) {
    starter = start;
  }

  /** The mesh of this process; {@link Mesh#NONE} when there is none. Starts it if need be. */
  public static Mesh mesh() {
    return starter == null ? mesh : start();
  }

  /** The mesh if it has been started, else {@link Mesh#NONE}. Never starts it. */
  public static Mesh started() {
    return mesh;
  }

  private static Mesh start() {
    synchronized (LOCK) {
      Supplier<Mesh> start = starter;
      if (start != null) {
        try {
          mesh = start.get();
        } catch (Throwable t) {
          // A mesh that cannot start is no mesh; the host has logged why.
          mesh = Mesh.NONE;
        } finally {
          starter = null;
        }
      }
      return mesh;
    }
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

package dev.weft.bootstrap;

/** The mesh as woven code sees it. Implemented by the runtime in the agent's own loader. */
public interface Mesh {
  /** No mesh: every destination is left alone and every request is let in. */
  Mesh NONE = new NoMesh();

  /** What client adapters ask. */
  Outbound outbound();

  /** What server adapters ask. */
  Inbound inbound();

  /**
   * The JVM is shutting down. Blocks while the mesh leaves in order. Never throws.
   *
   * @param over false: before the application's shutdown hooks; true: after them
   */
  void shutdown(boolean over);

  /** Counts an error of the agent itself and logs it once a place. Never throws. */
  void fault(Throwable error);
}

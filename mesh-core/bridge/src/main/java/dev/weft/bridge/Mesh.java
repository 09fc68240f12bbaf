package dev.weft.bridge;

import java.util.concurrent.Executor;

/** The mesh as woven code sees it. Implemented by the runtime in the agent's own loader. */
public interface Mesh {
  /** No mesh: every destination is left alone and every request is let in. */
  Mesh NONE = new NoMesh();

  /** What client adapters ask. */
  Outbound outbound();

  /** What server adapters ask. */
  Inbound inbound();

  /**
   * Threads for what a library has none for: to go on after a delay, or when the mesh has heard
   * what it waited for. The application's code may run there, and may wait; the JDK's common pool
   * would be the application's own, all of whose threads may be waiting for these very calls. Never
   * refuses.
   */
  Executor aside();

  /**
   * Threads for the tasks of TLS engines ({@link javax.net.ssl.SSLEngine#getDelegatedTask}), which
   * compute for milliseconds and wait for nothing: for adapters whose own threads serve many
   * connections each. As many as there are processors. Never refuses.
   */
  Executor handshakes();

  /**
   * The JVM is shutting down. Blocks while the mesh leaves in order. Never throws.
   *
   * @param over false: before the application's shutdown hooks; true: after them
   */
  void shutdown(boolean over);

  /** Counts an error of the agent itself and logs it once a place. Never throws. */
  void fault(Throwable error);
}

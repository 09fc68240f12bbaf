package dev.weft.bootstrap;

import org.jspecify.annotations.Nullable;

/** What client adapters ask of the mesh. Safe for use by any thread. */
public interface Outbound {
  /**
   * A call of the application begins: finds the service that its URI names and the route that it
   * takes. May wait for the mesh's first configuration ({@code weft.startup.wait}), and for the
   * coordinator's answer about a name never asked for before; never waits otherwise.
   *
   * <p>To be asked about {@code https} too: such a call is never led anywhere, but it may be one
   * that may not leave the mesh.
   *
   * @return null if the destination is none of the mesh's business and the library must go on as if
   *     the agent were not there
   */
  @Nullable Call call(Request request);

  /**
   * The same for a library that blocks: begins the call and its first attempt, and spends the delay
   * of an injected fault. Never throws.
   *
   * @return null if the destination is none of the mesh's business, or for a fault of ours where
   *     what is not decided may pass
   */
  @Nullable Blocking blocking(Request request);

  /**
   * Runs a short task later, on a thread of the mesh: for drivers that do not block.
   *
   * @param delayNanos from now, at least 0
   * @return cancels the task if it has not begun; may be run more than once
   */
  Runnable schedule(Runnable task, long delayNanos);
}

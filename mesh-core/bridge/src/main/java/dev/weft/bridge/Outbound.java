package dev.weft.bridge;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What client adapters ask of the mesh: a call begins. Finds the service that its URI names and the
 * route that it takes. May wait for the mesh's first configuration ({@code weft.startup.wait}), and
 * for the coordinator's answer about a name never asked for before; never waits otherwise, but for
 * the delay of an injected fault where that is said.
 *
 * <p>To be asked about {@code https} too: such a call is never led anywhere, but it may be one that
 * may not leave the mesh.
 *
 * <p>Each answers null if the destination is none of the mesh's business and the library must go on
 * as if the agent were not there; also after a fault of ours, where what is not decided may pass.
 * Never throws. Safe for use by any thread.
 */
public interface Outbound {
  /** For a library that blocks: begins the first attempt, and waits out its delay. */
  @Nullable Blocking blocking(Request request);

  /**
   * For a library that does not: {@link Async#start} begins it. Does not wait either: what has to
   * be waited for is gone on with later.
   *
   * @param later runs what follows when something has been waited for, never on the thread that
   *     hands it over; one that refuses is taken to be gone, and nobody is told. Null: the caller
   *     may wait, and does
   * @param found told once what the others answer. On the calling thread, before this returns, if
   *     nothing has to be waited for; else on one of {@code later}'s, which may be before this
   *     returns as well. Must not throw: nobody would be told
   */
  void find(Request request, @Nullable Executor later, Consumer<@Nullable Async> found);

  /**
   * One attempt that nobody drives, where the library cannot be led again. A refused one has been
   * told as abandoned.
   */
  @Nullable Driven once(Request request);
}

package dev.weft.drive;

import dev.weft.bridge.Request;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Who decides about calls. May throw whatever it likes; safe for use by any thread. */
public interface Source {
  /** As {@link dev.weft.bridge.Outbound} says. */
  @Nullable Call call(Request request);

  /**
   * As {@link #call}, for who must not wait.
   *
   * @param later where it is gone on if something has to be waited for
   * @param found told once: what that answers, or what it throws. On the calling thread, before
   *     this returns, if nothing has to be waited for
   */
  void find(Request request, Executor later, BiConsumer<@Nullable Call, @Nullable Throwable> found);

  /**
   * What becomes of a call about which nothing could be decided, for a fault of ours.
   *
   * @return null to leave it alone, as if the agent were not there; a call that is refused where
   *     not everything may leave the mesh
   */
  @Nullable Call undecided(Request request);
}

package dev.weft.drive;

import dev.weft.bootstrap.Request;
import org.jspecify.annotations.Nullable;

/** Who decides about calls. May throw whatever it likes; safe for use by any thread. */
public interface Source {
  /** As {@link dev.weft.bootstrap.Outbound} says. */
  @Nullable Call call(Request request);

  /**
   * What becomes of a call about which nothing could be decided, for a fault of ours.
   *
   * @return null to leave it alone, as if the agent were not there; a call that is refused where
   *     not everything may leave the mesh
   */
  @Nullable Call undecided(Request request);
}

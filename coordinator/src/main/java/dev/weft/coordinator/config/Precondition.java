package dev.weft.coordinator.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must be so for a change to be made.
 *
 * @param presence whether the resource must be there
 * @param etags if not null, the resource must be there with one of these
 */
public record Precondition(Presence presence, @Nullable List<String> etags) {
  /** Whether a resource must be there. */
  public enum Presence {
    ANY,
    PRESENT,
    ABSENT
  }

  public static final Precondition NONE = new Precondition(Presence.ANY, null);
  public static final Precondition PRESENT = new Precondition(Presence.PRESENT, null);
  public static final Precondition ABSENT = new Precondition(Presence.ABSENT, null);

  public static Precondition oneOf(List<String> etags) {
    return new Precondition(Presence.PRESENT, List.copyOf(etags));
  }

  /** Whether it holds for a resource with this etag; null: there is none. */
  boolean holds(@Nullable String etag) {
    return switch (presence) {
      case ANY -> true;
      case ABSENT -> etag == null;
      case PRESENT -> etag != null && (etags == null || etags.contains(etag));
    };
  }
}

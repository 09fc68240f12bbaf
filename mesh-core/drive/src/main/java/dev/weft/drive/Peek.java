package dev.weft.drive;

import dev.weft.bridge.Listener;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is, by its first bytes: shows them to a listener, and keeps them as long as
 * that cannot tell. Knows of no channel.
 */
final class Peek {
  private final Listener judge;

  /** All bytes so far, once one look was not enough: up to its position. */
  private @Nullable ByteBuffer kept;

  Peek(Listener judge) {
    this.judge = judge;
  }

  /** How many bytes may be shown yet; at least one, as long as it has not been told to close. */
  int room() {
    ByteBuffer before = kept;
    return before == null ? Listener.SNIFF_LIMIT : before.remaining();
  }

  /**
   * Looks once more. Most connections need but one look, of which nothing is copied.
   *
   * @param fresh what has come since the last look: at least one byte, at most {@link #room}
   */
  Listener.Sniff look(ByteBuffer fresh) {
    ByteBuffer all = kept == null ? fresh : keep(fresh);
    Listener.Sniff found = judge.sniff(all);
    if (found == Listener.Sniff.NEED_MORE) {
      if (all.remaining() >= Listener.SNIFF_LIMIT) {
        return Listener.Sniff.CLOSE;
      }
      if (kept == null) {
        keep(fresh);
      }
    }
    return found;
  }

  /** All that has been shown, if one look was not enough; null if it was. */
  @Nullable ByteBuffer kept() {
    ByteBuffer all = kept;
    return all == null ? null : all.duplicate().flip();
  }

  private ByteBuffer keep(ByteBuffer fresh) {
    ByteBuffer all = kept;
    if (all == null) {
      all = ByteBuffer.allocate(Listener.SNIFF_LIMIT);
      kept = all;
    }
    all.put(fresh.duplicate());
    return all.duplicate().flip();
  }
}

package dev.weft.runtime;

import dev.weft.wire.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts a push together that comes in several frames. Policy is applied as a whole or not at all: an
 * ALLOW may stand in an earlier part than the DENY that goes with it, and a route in a later one
 * than what it replaces. For the thread that reads.
 */
final class PushParts {
  /** Of less than a megabyte each: more than this does not fit beside what is in force. */
  static final int MAX = 64;

  private final List<Message.Push> parts = new ArrayList<>();
  private int count;

  /**
   * Takes a frame.
   *
   * @return the whole push when its last part is here, with the number of that; else null
   */
  Message.@Nullable Push add(Message.Push part) {
    if (part.full()) {
      // The first frame of a stream: what another stream had begun does not go on here.
      clear();
    }
    if (++count > MAX) {
      parts.clear();
    } else {
      parts.add(part);
    }
    if (part.more()) {
      return null;
    }
    Message.Push whole = count > MAX ? null : joined(part);
    clear();
    return whole;
  }

  private Message.Push joined(Message.Push last) {
    if (parts.size() == 1) {
      return last;
    }
    List<Map<String, Object>> upsert = new ArrayList<>();
    List<String> remove = new ArrayList<>();
    for (Message.Push part : parts) {
      upsert.addAll(part.upsert());
      remove.addAll(part.remove());
    }
    return new Message.Push(last.n(), parts.get(0).full(), upsert, remove);
  }

  private void clear() {
    parts.clear();
    count = 0;
  }
}

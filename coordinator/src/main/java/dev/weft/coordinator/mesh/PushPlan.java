package dev.weft.coordinator.mesh;

import dev.weft.coordinator.mesh.PolicyFrames.Piece;
import dev.weft.wire.Deflated;
import dev.weft.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one agent has of policy, and which frames bring it to the next state. Only the namespaces
 * that concern it; several frames only where one cannot hold it all.
 */
final class PushPlan {
  /**
   * One frame's content: pieces of JSON arrays, as {@link PolicyFrames} shares them among agents.
   */
  record Part(boolean full, List<Piece> upsert, List<Piece> remove) {
    /**
     * The frame of a {@link dev.weft.wire.Message.Push}, with its length. No piece is copied.
     *
     * @param deflate whether it may be {@link Deflated}
     */
    ByteBuf frame(long n, boolean more, boolean deflate) {
      Frame frame = new Frame(deflate);
      frame.add("{\"t\":\"push\",\"n\":" + n + ",\"full\":" + full + ",\"upsert\":[", false);
      frame.add(upsert);
      frame.add("],\"remove\":[", false);
      frame.add(remove);
      frame.add("],\"more\":" + more + "}", true);
      return frame.finish();
    }

    /** About how long its text is. */
    int length() {
      return length(upsert) + length(remove);
    }

    private static int length(List<Piece> pieces) {
      return pieces.stream().mapToInt(piece -> piece.text().length + 1).sum();
    }
  }

  /** A frame while it is put together. */
  private static final class Frame {
    private final boolean deflate;
    private final List<byte[]> all = new ArrayList<>();

    Frame(boolean deflate) {
      this.deflate = deflate;
      all.add(new byte[0]); // the length's place
    }

    void add(String text, boolean last) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      all.add(deflate ? Deflated.stored(bytes, last) : bytes);
    }

    void add(List<Piece> pieces) {
      for (int i = 0; i < pieces.size(); i++) {
        if (i > 0) {
          add(",", false);
        }
        all.add(deflate ? pieces.get(i).blocks() : pieces.get(i).text());
      }
    }

    ByteBuf finish() {
      int length = all.stream().mapToInt(bytes -> bytes.length).sum();
      ByteBuffer head = ByteBuffer.allocate(4);
      head.putInt(deflate ? length | Frames.DEFLATED : length);
      all.set(0, head.array());
      return Unpooled.wrappedBuffer(all.toArray(new byte[0][]));
    }
  }

  /** Well below the megabyte that a frame may have. */
  private static final int PART_BYTES = 700_000;

  private final PolicyFrames frames;
  private final Map<String, Map<String, PolicyView.Item>> has = new HashMap<>();
  private boolean begun;

  /**
   * @param frames that all agents share
   */
  PushPlan(PolicyFrames frames) {
    this.frames = frames;
  }

  /**
   * The frames that lead from what the agent has to {@code next}, in their order; none if nothing
   * that concerns it changed. From then on the agent counts as having it.
   *
   * @param namespaces that concern the agent; what it has of others is taken from it
   * @param whole those of them of which it has everything; of the others, what callers need
   */
  Deque<Part> advance(PolicyView next, Set<String> namespaces, Set<String> whole) {
    List<PolicyFrames.Change> changes = new ArrayList<>();
    Set<String> all = new HashSet<>(namespaces);
    all.addAll(has.keySet());
    for (String namespace : all) {
      boolean concerned = namespaces.contains(namespace);
      Map<String, PolicyView.Item> now =
          !concerned
              ? Map.of()
              : whole.contains(namespace) ? next.namespace(namespace) : next.forCallers(namespace);
      Map<String, PolicyView.Item> before =
          concerned ? has.put(namespace, now) : has.remove(namespace);
      if (now != before) {
        changes.add(frames.change(before == null ? Map.of() : before, now));
      }
    }
    Deque<Part> parts = split(changes);
    if (parts.isEmpty() && !begun) {
      parts.add(new Part(true, List.of(), List.of())); // "there is no policy" is news as well
    }
    begun = true;
    return parts;
  }

  /**
   * What denies comes first: an agent that is too old to know that more follows applies one frame
   * after the other, and is not to allow in between what is not allowed at the end. Removed last: a
   * route that moves from one resource to another is never missing in between.
   */
  private Deque<Part> split(List<PolicyFrames.Change> changes) {
    Filling filling = new Filling();
    changes.forEach(change -> change.security().forEach(filling::upsert));
    changes.forEach(change -> change.rest().forEach(filling::upsert));
    changes.forEach(change -> change.remove().forEach(filling::remove));
    filling.end();
    return filling.parts;
  }

  /** One frame after the other. */
  private final class Filling {
    private final Deque<Part> parts = new ArrayDeque<>();
    private List<Piece> upsert = new ArrayList<>();
    private List<Piece> remove = new ArrayList<>();
    private int bytes;

    void upsert(Piece piece) {
      makeRoom(piece);
      upsert.add(piece);
    }

    void remove(Piece piece) {
      makeRoom(piece);
      remove.add(piece);
    }

    private void makeRoom(Piece piece) {
      int length = piece.text().length;
      if (bytes > 0 && bytes + length > PART_BYTES) {
        end();
      }
      bytes += length + 1;
    }

    void end() {
      if (!upsert.isEmpty() || !remove.isEmpty()) {
        parts.add(new Part(parts.isEmpty() && !begun, upsert, remove));
        upsert = new ArrayList<>();
        remove = new ArrayList<>();
        bytes = 0;
      }
    }
  }
}

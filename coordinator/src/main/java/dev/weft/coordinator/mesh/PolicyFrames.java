package dev.weft.coordinator.mesh;

import dev.weft.wire.Deflated;
import dev.weft.wire.Json;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encodes changes of a namespace's policy. The same change goes to all agents that the namespace
 * concerns: what differs from one to another is which namespaces these are, and the number of the
 * push. So a change is found and encoded once, and frames are put together of such. What is kept is
 * of the revision in force, and of so many bytes. Safe for use by any thread.
 */
final class PolicyFrames {
  private static final long MAX_CACHED_BYTES = Runtime.getRuntime().maxMemory() / 32;

  /** Of a piece: frames of several pieces are filled well, and a piece is no great allocation. */
  private static final int PIECE_BYTES = 64 << 10;

  /** Elements of a JSON array, with the commas between them. Nobody changes the arrays. */
  static final class Piece {
    private final byte[] text;
    private byte @Nullable [] blocks;

    Piece(byte[] text) {
      this.text = text;
    }

    byte[] text() {
      return text;
    }

    /** The same, {@link Deflated}; by the first who asks, and whoever asks meanwhile waits. */
    synchronized byte[] blocks() {
      byte[] known = blocks;
      if (known == null) {
        known = Deflated.blocks(text);
        blocks = known;
      }
      return known;
    }
  }

  /**
   * What leads from one state of a namespace to the next, in pieces.
   *
   * @param security what denies, which is to come before the rest
   */
  record Change(List<Piece> security, List<Piece> rest, List<Piece> remove) {
    private long length() {
      return length(security) + length(rest) + length(remove);
    }

    private static long length(List<Piece> pieces) {
      // And as much again, which is the most that it takes deflated.
      return pieces.stream().mapToLong(piece -> 2L * piece.text.length).sum();
    }
  }

  /** Two states: the very same objects, as {@link PolicyView} keeps them. */
  private static final class Between {
    private final Map<String, PolicyView.Item> before;
    private final Map<String, PolicyView.Item> now;

    Between(Map<String, PolicyView.Item> before, Map<String, PolicyView.Item> now) {
      this.before = before;
      this.now = now;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // that is what it is for
    public boolean equals(Object other) {
      return other instanceof Between between && between.before == before && between.now == now;
    }

    @Override
    public int hashCode() {
      return 31 * System.identityHashCode(before) + System.identityHashCode(now);
    }
  }

  private final Map<Between, Change> cache = new LinkedHashMap<>(16, 0.75f, true);
  private final long maxBytes;
  private long cachedBytes;

  PolicyFrames() {
    this(MAX_CACHED_BYTES);
  }

  /**
   * @param maxBytes that may be kept
   */
  PolicyFrames(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * What leads from one state of a namespace to another. Whoever comes while another thread looks
   * for it waits: it would look for the same.
   */
  Change change(Map<String, PolicyView.Item> before, Map<String, PolicyView.Item> now) {
    synchronized (cache) {
      Between between = new Between(before, now);
      Change known = cache.get(between);
      if (known == null) {
        known = encode(before, now);
        cache.put(between, known);
        cachedBytes += known.length();
        Iterator<Change> eldest = cache.values().iterator();
        while (cachedBytes > maxBytes) {
          cachedBytes -= eldest.next().length();
          eldest.remove();
        }
      }
      return known;
    }
  }

  /** Another revision is in force: nobody is led to the one before any more. */
  void forget() {
    synchronized (cache) {
      cache.clear();
      cachedBytes = 0;
    }
  }

  /** What is kept. */
  long cachedBytes() {
    synchronized (cache) {
      return cachedBytes;
    }
  }

  private static Change encode(
      Map<String, PolicyView.Item> before, Map<String, PolicyView.Item> now) {
    List<byte[]> security = new ArrayList<>();
    List<byte[]> rest = new ArrayList<>();
    List<byte[]> remove = new ArrayList<>();
    now.forEach(
        (key, item) -> {
          if (before.get(key) != item) {
            (isSecurity(key) ? security : rest).add(item.json());
          }
        });
    for (String key : before.keySet()) {
      if (!now.containsKey(key)) {
        remove.add(Json.bytes(key));
      }
    }
    return new Change(pieces(security), pieces(rest), pieces(remove));
  }

  private static boolean isSecurity(String key) {
    return key.startsWith("PeerAuthentication/")
        || key.startsWith("AuthorizationPolicy/")
        || key.startsWith("MeshService/"); // what may leave the mesh
  }

  private static List<Piece> pieces(Collection<byte[]> elements) {
    List<Piece> pieces = new ArrayList<>();
    ByteArrayOutputStream piece = new ByteArrayOutputStream();
    for (byte[] element : elements) {
      if (piece.size() > 0 && piece.size() + element.length >= PIECE_BYTES) {
        pieces.add(new Piece(piece.toByteArray()));
        piece.reset();
      }
      if (piece.size() > 0) {
        piece.write(',');
      }
      piece.writeBytes(element);
    }
    if (piece.size() > 0) {
      pieces.add(new Piece(piece.toByteArray()));
    }
    return List.copyOf(pieces);
  }
}

package dev.weft.engine.balance;

import java.util.Arrays;
import java.util.List;

/**
 * Consistent hashing: each member owns many points on a ring; a hash belongs to the owner of the
 * next point. When a member comes or goes, only what it gains or loses moves. The points follow
 * from the members' keys alone, so that all processes agree. Immutable.
 *
 * <p>128 points a member keep the shares within about a tenth of each other. There are 262,144
 * points at most (2 MiB), so above 2,048 members each has fewer, and shares are less even.
 */
public final class HashRing {
  private static final int POINTS = 128;
  private static final int MAX_POINTS = 1 << 18;

  /** The lower bits of a point name its owner, the upper ones its place. */
  private static final int OWNER_BITS = 18;

  private static final long OWNER_MASK = (1L << OWNER_BITS) - 1;

  /** Points that share an entry of the index, about. */
  private static final int STRIDE_BITS = 3;

  private final List<String> keys;
  private final long[] points;

  /**
   * For each value of the leading bits, the first place that is not before it. Points are spread
   * evenly, so only a few are left to be looked at: a search by halves would miss the caches.
   */
  private final int[] index;

  private final int shift;

  private HashRing(List<String> keys, long[] points) {
    this.keys = keys;
    this.points = points;
    int bits =
        Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(points.length) - STRIDE_BITS);
    this.shift = Long.SIZE - bits;
    this.index = new int[1 << bits];
    int place = 0;
    for (int leading = 0; leading < index.length; leading++) {
      while (place < points.length && leading(points[place]) < leading) {
        place++;
      }
      index[leading] = place;
    }
  }

  /** The leading bits in the order of the points, which are signed. */
  private int leading(long point) {
    return (int) ((point ^ Long.MIN_VALUE) >>> shift);
  }

  /**
   * The ring of these members; takes milliseconds for thousands.
   *
   * @param keys distinct; at most 262,144 are on the ring
   */
  public static HashRing of(List<String> keys) {
    int members = Math.min(keys.size(), MAX_POINTS);
    int each = POINTS;
    while (each > 1 && (long) members * each > MAX_POINTS) {
      each /= 2;
    }
    long[] points = new long[members * each];
    int at = 0;
    for (int member = 0; member < members; member++) {
      long seed = hash(keys.get(member));
      for (int i = 0; i < each; i++) {
        points[at++] = (mix(seed + i * 0x9E3779B97F4A7C15L) & ~OWNER_MASK) | member;
      }
    }
    Arrays.sort(points);
    return new HashRing(List.copyOf(keys), points);
  }

  /** Whether this is the ring of exactly these members. */
  public boolean isOf(List<String> others) {
    return keys.equals(others);
  }

  public int size() {
    return points.length;
  }

  /**
   * Where on the ring a hash belongs, to be given to {@link #owner}; the ring must not be empty.
   */
  public int place(long hash) {
    long wanted = mix(hash) & ~OWNER_MASK;
    int at = index[leading(wanted)];
    while (at < points.length && points[at] < wanted) {
      at++;
    }
    return at == points.length ? 0 : at;
  }

  /** The place after this one, round the ring. */
  public int next(int place) {
    return place + 1 == points.length ? 0 : place + 1;
  }

  /** The position, among the keys, of who owns a place. */
  public int owner(int place) {
    return (int) (points[place] & OWNER_MASK);
  }

  /** A well spread hash of a text: FNV-1a, then mixed. */
  public static long hash(String text) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
    }
    return mix(hash);
  }

  /** Spreads every bit over all of them (the finalizer of SplitMix64). */
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}

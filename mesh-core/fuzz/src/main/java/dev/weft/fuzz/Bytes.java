package dev.weft.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Inputs that are bytes: flipped, cut, doubled, spliced, with lengths that lie. */
public final class Bytes implements Form<byte[]> {
  private static final int[] EDGES = {
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x3fff,
    0x4000,
    0x4001,
    0x7fff,
    0xffff,
    0x10000,
    0xfffff,
    0x100000,
    0x100001,
    0x7fffffff,
    0x80000000,
    0xffffffff
  };

  private final int limit;
  private final byte[][] words;

  /**
   * @param limit no input is longer
   * @param words that mean something to what is tried, ISO-8859-1
   */
  public Bytes(int limit, String... words) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
    }
    this.limit = limit;
    this.words = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      this.words[i] = words[i].getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public byte[] mutate(byte[] input, List<byte[]> others, SplittableRandom random) {
    byte[] next = input.clone();
    for (int steps = 1 + random.nextInt(1 << random.nextInt(4)); steps > 0; steps--) {
      next = step(next, others, random);
    }
    return next.length <= limit ? next : Arrays.copyOf(next, limit);
  }

  private byte[] step(byte[] in, List<byte[]> others, SplittableRandom random) {
    int at = random.nextInt(in.length + 1);
    int left = in.length - at;
    int some = left == 0 ? 0 : 1 + random.nextInt(Math.min(left, 1 << random.nextInt(11)));
    switch (random.nextInt(10)) {
      case 0 -> {
        if (left > 0) {
          in[at] ^= (byte) (1 << random.nextInt(8));
        }
        return in;
      }
      case 1 -> {
        if (left > 0) {
          in[at] = (byte) random.nextInt(256);
        }
        return in;
      }
      case 2 -> {
        number(in, at, random);
        return in;
      }
      case 3 -> {
        byte[] more = new byte[1 + random.nextInt(1 << random.nextInt(8))];
        random.nextBytes(more);
        return replace(in, at, 0, more);
      }
      case 4 -> {
        return replace(in, at, some, new byte[0]);
      }
      case 5 -> {
        return Arrays.copyOf(in, at);
      }
      case 6 -> {
        return repeat(in, at, some, random);
      }
      case 7 -> {
        byte[] other = others.get(random.nextInt(others.size()));
        int from = random.nextInt(other.length + 1);
        return replace(in, at, left, Arrays.copyOfRange(other, from, other.length));
      }
      default -> {
        if (words.length == 0) {
          number(in, at, random);
          return in;
        }
        byte[] word = words[random.nextInt(words.length)];
        return replace(in, at, random.nextBoolean() ? 0 : Math.min(left, word.length), word);
      }
    }
  }

  /** A number of one to four bytes, big-endian, near where parsers count wrong. */
  private static void number(byte[] in, int at, SplittableRandom random) {
    int value = EDGES[random.nextInt(EDGES.length)];
    int size = Math.min(1 + random.nextInt(4), in.length - at);
    for (int i = 0; i < size; i++) {
      in[at + i] = (byte) (value >>> 8 * (size - 1 - i));
    }
  }

  /** Often enough to find what recurses, or what multiplies. */
  private byte[] repeat(byte[] in, int at, int some, SplittableRandom random) {
    int times = Math.min(1 << random.nextInt(14), (limit - in.length) / Math.max(1, some));
    if (times <= 0 || some == 0) {
      return in;
    }
    byte[] more = new byte[some * times];
    for (int i = 0; i < more.length; i++) {
      more[i] = in[at + i % some];
    }
    return replace(in, at, 0, more);
  }

  private static byte[] replace(byte[] in, int at, int length, byte[] by) {
    byte[] out = Arrays.copyOf(in, in.length - length + by.length);
    System.arraycopy(by, 0, out, at, by.length);
    System.arraycopy(in, at + length, out, at + by.length, in.length - at - length);
    return out;
  }

  @Override
  public byte[] write(byte[] input) {
    return input;
  }

  @Override
  public byte[] read(byte[] file) {
    return file;
  }
}

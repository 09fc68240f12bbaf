package dev.weft.drive;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;

/**
 * A connection in memory, of one thread: what one end writes the other reads. Neither end waits;
 * one that {@link End#blocks} has the other side do something until it can go on.
 */
final class Wire {
  final End client;
  final End server;

  /**
   * @param capacity how many bytes each direction holds
   */
  Wire(int capacity) {
    Direction up = new Direction(capacity);
    Direction down = new Direction(capacity);
    client = new End(down, up);
    server = new End(up, down);
  }

  /** One direction: a queue of bytes. */
  private static final class Direction {
    private final byte[] bytes;
    private int start;
    private int count;
    private boolean ended;

    Direction(int capacity) {
      bytes = new byte[capacity];
    }
  }

  /** What the other side does while this one waits. */
  interface Other {
    void run() throws IOException;
  }

  /** One end. */
  static final class End implements ByteChannel {
    private final Direction in;
    private final Direction out;
    private Other other = () -> {};
    private boolean blocks;
    private int most = Integer.MAX_VALUE;
    private long mayWrite = Long.MAX_VALUE;
    private long written;

    private End(Direction in, Direction out) {
      this.in = in;
      this.out = out;
    }

    /** No call moves more bytes than this. */
    void most(int bytes) {
      most = bytes;
    }

    /** Hangs up, without a word, after so many bytes in all. */
    void hangUpAfter(long bytes) {
      mayWrite = bytes;
    }

    /** From now on this end waits, while the other does this. */
    void blocks(Other whileWaiting) {
      blocks = true;
      other = whileWaiting;
    }

    long written() {
      return written;
    }

    /** What is there to be read. */
    int arrived() {
      return in.count;
    }

    /** Whether anything more can be written. */
    boolean full() {
      return out.count == out.bytes.length;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      if (blocks && in.count == 0 && !in.ended) {
        other.run();
        if (in.count == 0 && !in.ended) {
          throw new SocketTimeoutException("the other side has nothing to say");
        }
      }
      int taken = Math.min(Math.min(in.count, to.remaining()), most);
      for (int i = 0; i < taken; i++) {
        to.put(in.bytes[(in.start + i) % in.bytes.length]);
      }
      in.start = (in.start + taken) % in.bytes.length;
      in.count -= taken;
      return taken == 0 && in.ended && to.hasRemaining() ? -1 : taken;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      int before = from.remaining();
      do {
        writeSome(from);
        if (blocks && from.hasRemaining()) {
          int full = out.count;
          other.run();
          if (out.count == full) {
            throw new SocketTimeoutException("the other side takes nothing");
          }
        }
      } while (blocks && from.hasRemaining());
      return before - from.remaining();
    }

    private void writeSome(ByteBuffer from) throws IOException {
      if (out.ended) {
        throw new ClosedChannelException();
      }
      int room = Math.min(out.bytes.length - out.count, most);
      int put = (int) Math.min(Math.min(from.remaining(), room), mayWrite - written);
      for (int i = 0; i < put; i++) {
        out.bytes[(out.start + out.count + i) % out.bytes.length] = from.get();
      }
      out.count += put;
      written += put;
      if (written == mayWrite) {
        close();
      }
    }

    @Override
    public boolean isOpen() {
      return !out.ended;
    }

    /** The other end sees the end of what was written. */
    @Override
    public void close() {
      out.ended = true;
    }
  }
}

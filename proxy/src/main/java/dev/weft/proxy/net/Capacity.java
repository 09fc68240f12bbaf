package dev.weft.proxy.net;

/**
 * How much the proxy takes on, so that whatever others send fits into its memory: every limit that
 * is multiplied by another. The heap decides; each figure is what a heap of {@link #UNIT} has room
 * for.
 *
 * @param inbound the port that others call
 * @param outbound all ports that the application calls, together
 * @param idle connections to others that wait for their next request
 */
record Capacity(Side inbound, Side outbound, int idle) {
  /**
   * What one side takes on.
   *
   * @param connections at the same time
   * @param ofSource of them of one source address
   * @param held bytes of heads, bodies and answers on their way, on all connections together; those
   *     in the heap count {@link #HEAP} times
   * @param kept bytes of bodies that may have to be sent again, and of copies
   */
  record Side(int connections, int ofSource, long held, long kept) {
    /** What one of so many event loops has of it. */
    Crowd share(int loops) {
      return new Crowd(
          Math.max(1, connections / loops),
          Math.max(1, ofSource / loops),
          held / loops,
          kept / loops);
    }

    private Side times(double factor) {
      return new Side(
          (int) (connections * factor),
          (int) (ofSource * factor),
          (long) (held * factor),
          (long) (kept * factor));
    }
  }

  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  /** The heap that {@code bin/weft proxy} gives, and half as much of buffers. */
  static final long UNIT = 64 * MIB;

  /** Set aside for the proxy itself: its classes' data, the mesh's configuration, garbage. */
  static final long BASE = 20 * MIB;

  /** A connection, estimated with room to spare; in plaintext, and after a TLS handshake. */
  static final long PLAINTEXT = 5 * KIB;

  static final long TLS = 18 * KIB;

  /** The heap has less room than the buffers have. */
  static final int HEAP = 4;

  /** What a handshake takes until it is over, beside what is counted for every connection. */
  static final long HANDSHAKE = HEAP * 8 * KIB;

  /** What an event loop reads or writes at a time, of all connections. */
  static final long LOOP = 512 * KIB;

  /** What is read of one connection at a time. */
  static final int READ = 32 * 1024;

  private static final Capacity FOR_ONE_UNIT =
      new Capacity(
          new Side(768, 576, 13 * MIB, 2 * MIB), new Side(512, 512, 9 * MIB, 2 * MIB), 128);

  private static final double MOST = 32;

  /**
   * @param heap in bytes
   * @param direct bytes of buffers outside of it
   */
  static Capacity of(long heap, long direct) {
    double factor = Math.min(MOST, Math.min(heap, 2 * direct) / (double) UNIT);
    return new Capacity(
        FOR_ONE_UNIT.inbound.times(factor),
        FOR_ONE_UNIT.outbound.times(factor),
        (int) (FOR_ONE_UNIT.idle * factor));
  }
}

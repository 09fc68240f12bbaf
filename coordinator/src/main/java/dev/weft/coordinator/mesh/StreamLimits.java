package dev.weft.coordinator.mesh;

/**
 * What a stream, and all streams of one identity, may cost. An honest agent comes near none of it;
 * whoever does is read later, not answered more.
 *
 * @param bytes of frames that a stream sends, and a sixteenth of what it is sent for asking
 * @param messages of a stream
 * @param names that a stream subscribes to, leaves or asks for; an agent that returns brings all
 *     that it knows
 * @param registrations of a stream: each is told to every subscriber
 * @param reports of a stream; what is beyond is dropped
 * @param renewals of a stream; what is beyond is refused
 * @param streams of one identity: half of all connections, as many instances as a service may have
 * @param bytesOfOne of frames that all streams of an identity send
 * @param messagesOfOne of all streams of an identity: 5,000 instances that return, and their pings
 * @param renewalsOfOne of all streams of an identity
 * @param frames bytes of unfinished long frames, of all streams; an identity has a quarter
 * @param unread bytes that agents have been sent and have not read, all together; beyond, the
 *     streams of the service that leaves most are ended
 * @param followed names that streams subscribe to and wait for, all together, and what agents say
 *     is woven, in their stead; an identity has half
 */
record StreamLimits(
    Rate bytes,
    Rate messages,
    Rate names,
    Rate registrations,
    Rate reports,
    Rate renewals,
    int streams,
    Rate bytesOfOne,
    Rate messagesOfOne,
    Rate renewalsOfOne,
    long frames,
    long unread,
    long followed) {
  /** What a name costs that a stream follows: entries in three maps, and the text. */
  static final int BYTES_OF_A_NAME = 600;

  /** What a woven module costs that an agent tells of, beside its texts. */
  static final int BYTES_OF_A_MODULE = 160;

  private static final double MIB = 1 << 20;

  /** What an entry of two texts costs in bytes, of those that agents tell of themselves. */
  static long ofTexts(String one, String other) {
    return BYTES_OF_A_MODULE + 2L * (one.length() + other.length());
  }

  /** As many names that are followed as cost so many bytes. */
  static long names(long bytes) {
    return (bytes + BYTES_OF_A_NAME - 1) / BYTES_OF_A_NAME;
  }

  /** What a coordinator of so much heap has. */
  static StreamLimits of(long maxHeap) {
    return new StreamLimits(
        new Rate(4 * MIB, MIB / 4),
        new Rate(12_000, 500),
        new Rate(20_000, 1_000),
        new Rate(20, 1),
        new Rate(5, 1),
        new Rate(5, 0.2),
        10_000,
        new Rate(64 * MIB, 16 * MIB),
        new Rate(40_000, 4_000),
        new Rate(200, 2),
        maxHeap / 16,
        maxHeap / 8,
        maxHeap / 8 / BYTES_OF_A_NAME);
  }
}

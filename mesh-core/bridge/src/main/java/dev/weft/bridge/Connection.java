package dev.weft.bridge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection that came in, between the channel that a server has and what it reads and writes:
 * its first bytes say whether it is mesh TLS, which is taken off and put on from then on, or
 * plaintext, which goes through as it is. The server is told of neither.
 *
 * <p>It waits where the channel below waits, and only there: over one that does not block, reading
 * may bring 0 bytes and writing may take some; over one that does, they bring some and take all.
 * One thread at a time opens or reads; others may write meanwhile.
 */
public interface Connection {
  /**
   * Finds out what this is, and shakes hands, as far as that goes now. To be called until it is
   * over, before anything is read or written. There is a limit to how long a peer may take, from
   * its first byte on.
   *
   * @param first with room; where the first bytes of plaintext are put, and usually remain. What
   *     does not is read before what follows
   * @return 0: it is open; {@link SelectionKey#OP_READ} or {@link SelectionKey#OP_WRITE}: to be
   *     called again once the channel is ready for that; -1: to be closed
   * @throws IOException if the peer is not accepted, or the channel fails. What the channel throws
   *     when it has waited long enough may be thrown in the middle of a record: nothing is lost
   */
  int open(ByteBuffer first) throws IOException;

  /**
   * How long the peer may still take with what it has begun, in ms; 0: as long as the server likes,
   * since it has not begun, or it is open.
   */
  int patience();

  /** The session of mesh TLS once it is open; null for plaintext. */
  @Nullable SSLSession session();

  /** As of a {@link java.nio.channels.ReadableByteChannel}; an end without a goodbye is an end. */
  int read(ByteBuffer to) throws IOException;

  /** As of a {@link java.nio.channels.ScatteringByteChannel}. */
  long read(ByteBuffer[] to, int offset, int length) throws IOException;

  /**
   * How many bytes a read brings without asking the channel below, at least; more than 0 if it
   * would not ask at all, be it for the end. Decrypts nothing.
   */
  int available();

  /**
   * As of a {@link java.nio.channels.WritableByteChannel}. Of what was taken, something may be
   * {@link #unsent} for a while.
   */
  int write(ByteBuffer from) throws IOException;

  /** As of a {@link java.nio.channels.GatheringByteChannel}. */
  long write(ByteBuffer[] from, int offset, int length) throws IOException;

  /** How many encrypted bytes the channel below has not taken yet; at most a TLS record. */
  int unsent();

  /** Sends on what is {@link #unsent}, as far as it goes; true if any of it went. */
  boolean flush() throws IOException;

  /**
   * Waits until nothing is {@link #unsent}. For this, a channel below that does not block has to be
   * a {@link java.nio.channels.SelectableChannel}.
   *
   * @param millis at most; 0 or less for no limit
   * @throws java.net.SocketTimeoutException if the peer took too little for so long
   */
  void drain(long millis) throws IOException;

  /**
   * Says goodbye, if that needs no waiting, and forgets the keys. To be called before the channel
   * below is closed, which this does not do; one that blocks has to be put out of that mode first.
   */
  void close();
}

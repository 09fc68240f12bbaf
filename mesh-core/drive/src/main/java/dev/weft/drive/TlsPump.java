package dev.weft.drive;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS over a channel: an engine, of either side, and its buffers. Waits only where the channel
 * does, so it is the same for one that blocks and for one that does not; whatever interrupts it in
 * the middle of a record, the next call goes on from there.
 *
 * <p>Holds at most one record from the network, one that is decrypted and one on its way out: what
 * the peer does not take is not encrypted, and what nobody reads is not decrypted. One thread reads
 * (or shakes hands) while another writes; several may write.
 */
final class TlsPump {
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NOTHING = {NONE};

  private static final int SMALL = 4 * 1024;

  /** Length of the header of a TLS record, whose last two bytes are the length of the rest. */
  private static final int HEADER = 5;

  /**
   * Answers that a peer may ask for (new keys) while it takes nothing. The engine keeps each, with
   * a cipher of its own.
   */
  private static final int MOST_OWED = 32;

  /** Records beyond those that brought something; a handshake has some five. */
  private static final int MOST_IDLE = 64;

  private final SSLEngine engine;
  private final ByteChannel below;
  private final LongSupplier nanoTime;

  /**
   * Guards the engine's outbound side and {@link #netOut}; held while waiting to read only until
   * the handshake is over.
   */
  private final ReentrantLock writing = new ReentrantLock();

  /** For the one reader, so that a read into one buffer allocates nothing. */
  private final ByteBuffer[] target = new ByteBuffer[1];

  /** The same for writers, guarded by {@link #writing}. */
  private final ByteBuffer[] source = new ByteBuffer[1];

  /**
   * From the network, not decrypted yet: position to limit. Small until there is a large record:
   * most connections wait for a request.
   */
  private ByteBuffer netIn;

  /** As large as any record. */
  private final int packet;

  /** Decrypted, but there was no room for it where the caller wanted it: position to limit. */
  private ByteBuffer appIn = NONE;

  /** Encrypted, not on the network yet: position to limit. */
  private volatile ByteBuffer netOut = NONE;

  // For the one reader.
  private boolean ended;
  private @Nullable SSLException broken;

  /** How many answers the engine has for the peer that could not be sent. */
  private int owed;

  private int idle;

  /**
   * @param firstBytes what has been read from the channel already, from position to limit; copied
   */
  TlsPump(SSLEngine engine, ByteChannel below, ByteBuffer firstBytes, LongSupplier nanoTime)
      throws SSLException {
    this.engine = engine;
    this.below = below;
    this.nanoTime = nanoTime;
    packet = Math.max(engine.getSession().getPacketBufferSize(), firstBytes.remaining());
    netIn = ByteBuffer.allocate(Math.max(SMALL, firstBytes.remaining()));
    netIn.put(firstBytes.duplicate()).flip();
    engine.beginHandshake();
  }

  /** The session, which is final once the handshake is over. */
  SSLSession session() {
    return engine.getSession();
  }

  /**
   * Shakes hands as far as it goes now.
   *
   * @param tooLate asked whenever something has been read that is not enough
   * @return 0 when it is over, the {@link SelectionKey} operation to wait for, or -1 if the peer
   *     left or it is too late
   * @throws SSLException if the peer is not accepted; it has been told, if it listens
   */
  int handshake(BooleanSupplier tooLate) throws IOException {
    writing.lock();
    try {
      while (true) {
        if (!flushed()) {
          return SelectionKey.OP_WRITE;
        }
        switch (engine.getHandshakeStatus()) {
          case NEED_TASK:
            runTasks();
            break;
          case NEED_WRAP:
            if (wrap(NOTHING, 0, 1).getStatus() == Status.CLOSED) {
              flushed();
              return -1;
            }
            break;
          case NEED_UNWRAP:
            // Nothing can be decrypted for the application yet: no room is needed for it.
            SSLEngineResult result = unwrap(NOTHING, 0, 1);
            if (result.getStatus() == Status.CLOSED) {
              return -1;
            }
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
              throw new SSLException("application data before the end of the handshake");
            }
            if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
              int count = fill();
              if (count <= 0) {
                return count < 0 ? -1 : SelectionKey.OP_READ;
              }
              if (tooLate.getAsBoolean()) {
                return -1;
              }
            } else if (++idle > MOST_IDLE) {
              throw new SSLException("a TLS handshake without end");
            }
            break;
          default:
            idle = 0;
            return 0;
        }
      }
    } catch (SSLException e) {
      sayWhy();
      throw e;
    } finally {
      writing.unlock();
    }
  }

  /** As {@link java.nio.channels.ReadableByteChannel#read}, of what was encrypted. */
  int read(ByteBuffer to) throws IOException {
    target[0] = to;
    try {
      return (int) read(target, 0, 1);
    } finally {
      target[0] = NONE;
    }
  }

  /** As {@link java.nio.channels.ScatteringByteChannel#read}, of what was encrypted. */
  long read(ByteBuffer[] to, int offset, int length) throws IOException {
    long total = leftOver(to, offset, length);
    if (total == 0 && broken != null) {
      throw broken;
    }
    try {
      boolean starved = !whole();
      while (!ended && room(to, offset, length)) {
        if (starved) {
          if (total > 0) {
            return total;
          }
          int count = fill();
          if (count <= 0) {
            ended = count < 0;
            return count;
          }
          starved = !whole();
          continue;
        }
        SSLEngineResult result = unwrap(to, offset, length);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
          if (total > 0) {
            return total;
          }
          result = spill();
          total = leftOver(to, offset, length);
        } else {
          total += result.bytesProduced();
        }
        ended = result.getStatus() == Status.CLOSED;
        starved = result.getStatus() == Status.BUFFER_UNDERFLOW || !whole();
        weigh(result);
      }
    } catch (SSLException e) {
      ended = true;
      broken = e;
      if (writing.tryLock()) {
        try {
          sayWhy();
        } finally {
          writing.unlock();
        }
      }
      if (total == 0) {
        throw e;
      }
    }
    return total == 0 && ended ? -1 : total;
  }

  /** Whether all of the next record is here, or enough of it to see that it is none. */
  private boolean whole() {
    int have = netIn.remaining();
    if (have < HEADER) {
      return false;
    }
    int size = HEADER + (netIn.getShort(netIn.position() + HEADER - 2) & 0xffff);
    return have >= size || size > packet;
  }

  /** As {@link dev.weft.bridge.Connection#available}; for the one reader. */
  int available() {
    return appIn.hasRemaining() ? appIn.remaining() : ended || whole() ? 1 : 0;
  }

  /** As {@link java.nio.channels.WritableByteChannel#write}. */
  int write(ByteBuffer from) throws IOException {
    writing.lock();
    try {
      source[0] = from;
      return (int) write(source, 0, 1);
    } finally {
      source[0] = NONE;
      writing.unlock();
    }
  }

  /** As {@link java.nio.channels.GatheringByteChannel#write}: as much as the channel takes. */
  long write(ByteBuffer[] from, int offset, int length) throws IOException {
    writing.lock();
    try {
      long total = 0;
      while (flushed() && room(from, offset, length)) {
        SSLEngineResult result = wrap(from, offset, length);
        total += result.bytesConsumed();
        if (result.getStatus() == Status.CLOSED) {
          flushed();
          throw new ClosedChannelException();
        }
        // Handshake messages that are due go first, in a record of their own.
        if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
          return total;
        }
      }
      return total;
    } finally {
      writing.unlock();
    }
  }

  /** How many encrypted bytes the channel has not taken yet. */
  int unsent() {
    return netOut.remaining();
  }

  /** Sends encrypted bytes on; true if the channel took any. */
  boolean flush() throws IOException {
    writing.lock();
    try {
      int before = netOut.remaining();
      flushed();
      return netOut.remaining() < before;
    } finally {
      writing.unlock();
    }
  }

  /** As {@link dev.weft.bridge.Connection#drain}. */
  void drain(long millis) throws IOException {
    writing.lock();
    try {
      if (flushed()) {
        return;
      }
      long deadline = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(millis);
      SelectableChannel socket = (SelectableChannel) below;
      try (Selector selector = socket.provider().openSelector()) {
        socket.register(selector, SelectionKey.OP_WRITE);
        while (!flushed()) {
          long left = TimeUnit.NANOSECONDS.toMillis(deadline - nanoTime.getAsLong());
          if (millis > 0 && left <= 0) {
            throw new SocketTimeoutException("the peer took no data for " + millis + " ms");
          }
          selector.select(millis > 0 ? left : 0);
          selector.selectedKeys().clear();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /**
   * Says goodbye, if that needs no waiting: a thread that is in the middle of a record is not
   * waited for. Then the peer sees a connection cut short, which is what it is.
   */
  void close() {
    if (writing.tryLock()) {
      try {
        engine.closeOutbound();
        sayWhy();
      } finally {
        writing.unlock();
      }
    }
  }

  /** Sends what the engine has to say last: an alert or a close_notify. Never throws. */
  private void sayWhy() {
    try {
      while (flushed() && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        if (wrap(NOTHING, 0, 1).bytesProduced() == 0) {
          return;
        }
      }
    } catch (IOException e) {
      // The peer does not listen any more.
    }
  }

  /** Moves what the caller had no room for; the number of bytes moved. */
  private long leftOver(ByteBuffer[] to, int offset, int length) {
    long moved = 0;
    for (int i = offset; i < offset + length && appIn.hasRemaining(); i++) {
      moved += move(appIn, to[i]);
    }
    return moved;
  }

  /** Moves as many bytes as there are, and there is room for. */
  static int move(ByteBuffer from, ByteBuffer to) {
    int count = Math.min(from.remaining(), to.remaining());
    int limit = from.limit();
    to.put(from.limit(from.position() + count));
    from.limit(limit);
    return count;
  }

  /** Decrypts one record into a buffer of our own, which is large enough for any. */
  private SSLEngineResult spill() throws SSLException {
    int size = engine.getSession().getApplicationBufferSize();
    if (appIn.capacity() < size) {
      appIn = ByteBuffer.allocate(size);
    }
    appIn.clear();
    try {
      return engine.unwrap(netIn, appIn);
    } catch (RuntimeException e) {
      throw failed(e);
    } finally {
      appIn.flip();
    }
  }

  /**
   * Does what a record asks for beside being read: messages after the handshake (tickets, key
   * updates) may ask for work or for an answer. A peer that does nothing but ask is hung up on.
   */
  private void weigh(SSLEngineResult result) throws IOException {
    HandshakeStatus status = result.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      runTasks();
      status = engine.getHandshakeStatus();
    }
    boolean brought = result.bytesProduced() > 0;
    if (status != HandshakeStatus.NEED_WRAP || answered()) {
      owed = 0;
    } else if (!brought && ++owed > MOST_OWED) {
      throw new SSLException("the peer asks for new keys again and again, and takes no answer");
    }
    if (brought) {
      idle = Math.max(0, idle - 1);
    } else if (++idle > MOST_IDLE) {
      throw new SSLException("TLS records again and again that bring nothing");
    }
  }

  /** False if a writer is busy, or the network is: the next record written carries the answer. */
  private boolean answered() throws IOException {
    if (!writing.tryLock()) {
      return false;
    }
    try {
      if (!flushed()) {
        return false;
      }
      wrap(NOTHING, 0, 1);
      flushed();
      return true;
    } finally {
      writing.unlock();
    }
  }

  /** Reads more of a record from the network into {@link #netIn}. */
  private int fill() throws IOException {
    if (netIn.position() > 0) {
      netIn.compact();
    } else {
      netIn.position(netIn.limit()).limit(netIn.capacity());
    }
    try {
      if (!netIn.hasRemaining()) {
        grow();
      }
      return below.read(netIn);
    } finally {
      netIn.flip();
    }
  }

  private void grow() throws SSLException {
    if (netIn.capacity() >= packet) {
      throw new SSLException("a TLS record does not fit in " + packet + " bytes");
    }
    netIn = ByteBuffer.allocate(packet).put(netIn.flip());
  }

  private SSLEngineResult unwrap(ByteBuffer[] to, int offset, int length) throws SSLException {
    try {
      return engine.unwrap(netIn, to, offset, length);
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /** Encrypts into {@link #netOut}, which must be empty. */
  private SSLEngineResult wrap(ByteBuffer[] from, int offset, int length) throws SSLException {
    while (true) {
      SSLEngineResult result = wrapOnce(from, offset, length);
      if (result.getStatus() == Status.BUFFER_OVERFLOW) {
        int needed = engine.getSession().getPacketBufferSize();
        if (needed <= netOut.capacity()) {
          throw new SSLException("a record larger than " + needed + " bytes");
        }
        netOut = ByteBuffer.allocate(needed).limit(0);
        continue;
      }
      if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        runTasks();
      }
      return result;
    }
  }

  private SSLEngineResult wrapOnce(ByteBuffer[] from, int offset, int length) throws SSLException {
    netOut.clear();
    boolean wrapped = false;
    try {
      SSLEngineResult result = engine.wrap(from, offset, length, netOut);
      wrapped = true;
      return result;
    } catch (RuntimeException e) {
      throw failed(e);
    } finally {
      // Of what could not be encrypted nothing is ever sent.
      netOut.limit(wrapped ? netOut.position() : 0).position(0);
    }
  }

  /** Sends {@link #netOut}; true if it is empty. */
  private boolean flushed() throws IOException {
    if (netOut.hasRemaining()) {
      below.write(netOut);
    }
    return !netOut.hasRemaining();
  }

  private void runTasks() throws SSLException {
    try {
      for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
        task.run();
      }
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  /** What a peer sent must not end a thread of the application's. */
  private static SSLException failed(RuntimeException e) {
    return new SSLException("the TLS engine failed", e);
  }

  private static boolean room(ByteBuffer[] buffers, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (buffers[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }
}

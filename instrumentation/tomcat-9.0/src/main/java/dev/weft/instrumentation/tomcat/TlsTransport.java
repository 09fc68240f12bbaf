package dev.weft.instrumentation.tomcat;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS over a non-blocking socket: an engine and its buffers. The buffers are kept from connection
 * to connection, as Tomcat keeps its channels.
 *
 * <p>One thread reads (or shakes hands) while another writes; several may write.
 */
public final class TlsTransport {
  private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

  /**
   * Answers that a peer may ask for (new keys) while it takes nothing. The engine keeps each, with
   * a cipher of its own.
   */
  private static final int MOST_OWED = 32;

  /** Guards the engine's outbound side and {@link #netOut}; never held while waiting to read. */
  private final ReentrantLock writing = new ReentrantLock();

  /** For the one reader, so that a read of one buffer allocates nothing. */
  private final ByteBuffer[] single = new ByteBuffer[1];

  private @Nullable SSLEngine engine;

  /** From the network, not decrypted yet: position to limit. */
  private ByteBuffer netIn = NOTHING[0];

  /** Decrypted, but there was no room for it where the caller wanted it: position to limit. */
  private ByteBuffer appIn = NOTHING[0];

  /** Encrypted, not on the network yet: position to limit. */
  private ByteBuffer netOut = NOTHING[0];

  /** How many answers the engine has for the peer that could not be sent. For the one reader. */
  private int owed;

  /** Starts a new connection, whose first bytes were read already. */
  void begin(SSLEngine server, ByteBuffer firstBytes) throws SSLException {
    SSLSession session = server.getSession();
    int packet = Math.max(session.getPacketBufferSize(), firstBytes.remaining());
    if (netIn.capacity() < packet) {
      netIn = ByteBuffer.allocate(packet);
    }
    if (netOut.capacity() < packet) {
      netOut = ByteBuffer.allocate(packet);
    }
    netIn.clear();
    netIn.put(firstBytes).flip();
    netOut.clear().limit(0);
    appIn.clear().limit(0);
    owed = 0;
    engine = server;
    server.beginHandshake();
  }

  /** Forgets the connection, its keys and what was in its buffers. */
  void clear() {
    engine = null;
    netIn.clear().limit(0);
    netOut.clear().limit(0);
    appIn.clear().limit(0);
    single[0] = NOTHING[0];
  }

  /** The session, which is final once the handshake is over. */
  SSLSession session() throws ClosedChannelException {
    return engine().getSession();
  }

  /**
   * Shakes hands as far as it goes without waiting.
   *
   * @return 0 when it is over, the {@link SelectionKey} operation to wait for, or -1 if the peer
   *     left
   * @throws SSLException if the peer is not accepted; it has been told, if it listens
   */
  int handshake(SocketChannel socket) throws IOException {
    SSLEngine tls = engine();
    writing.lock();
    try {
      while (true) {
        if (!flushed(socket)) {
          return SelectionKey.OP_WRITE;
        }
        HandshakeStatus status = tls.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
          runTasks(tls);
        } else if (status == HandshakeStatus.NEED_WRAP) {
          if (wrap(tls, NOTHING, 0, 1).getStatus() == Status.CLOSED) {
            flushed(socket);
            return -1;
          }
        } else if (status == HandshakeStatus.NEED_UNWRAP) {
          // Nothing can be decrypted for the application yet: no room is needed for it.
          Status unwrapped = tls.unwrap(netIn, NOTHING[0]).getStatus();
          if (unwrapped == Status.CLOSED) {
            return -1;
          }
          if (unwrapped == Status.BUFFER_OVERFLOW) {
            throw new SSLException("application data before the end of the handshake");
          }
          if (unwrapped == Status.BUFFER_UNDERFLOW) {
            int read = fill(socket);
            if (read <= 0) {
              return read < 0 ? -1 : SelectionKey.OP_READ;
            }
          }
        } else {
          return 0;
        }
      }
    } catch (SSLException e) {
      sayWhy(tls, socket);
      throw e;
    } finally {
      writing.unlock();
    }
  }

  /** As {@link SocketChannel#read(ByteBuffer)}, of what was encrypted. */
  int read(SocketChannel socket, ByteBuffer to) throws IOException {
    single[0] = to;
    try {
      return (int) read(socket, single, 0, 1);
    } finally {
      single[0] = NOTHING[0];
    }
  }

  /** As {@link SocketChannel#read(ByteBuffer[], int, int)}, of what was encrypted. */
  long read(SocketChannel socket, ByteBuffer[] to, int offset, int length) throws IOException {
    SSLEngine tls = engine();
    long total = leftOver(to, offset, length);
    while (room(to, offset, length)) {
      if (!netIn.hasRemaining()) {
        if (total > 0) {
          return total;
        }
        int read = fill(socket);
        if (read <= 0) {
          return read;
        }
      }
      SSLEngineResult result = tls.unwrap(netIn, to, offset, length);
      total += result.bytesProduced();
      if (result.getStatus() == Status.BUFFER_OVERFLOW && total == 0) {
        // Too large for the caller. Or not there yet: of a record whose header is incomplete the
        // engine assumes the worst, and only where there is room for that does it ask for more.
        result = spill(tls);
        total = leftOver(to, offset, length);
      }
      afterUnwrap(tls, socket, result);
      Status status = result.getStatus();
      if (status == Status.CLOSED) {
        return total > 0 ? total : -1;
      }
      if (status != Status.OK && total > 0) {
        return total;
      }
      if (status == Status.BUFFER_UNDERFLOW) {
        int read = fill(socket);
        if (read <= 0) {
          return read;
        }
      } else if (result.bytesConsumed() == 0) {
        // An engine that makes no progress must not make us turn in circles.
        return total;
      }
    }
    return total;
  }

  /**
   * As {@link SocketChannel#write(ByteBuffer)}: 0 when the network takes no more. What was taken
   * may be {@link #outboundRemaining} for a while; a write of nothing sends it on.
   */
  int write(SocketChannel socket, ByteBuffer from) throws IOException {
    return (int) write(socket, new ByteBuffer[] {from}, 0, 1);
  }

  /** As {@link #write(SocketChannel, ByteBuffer)}, from several buffers; at most one TLS record. */
  long write(SocketChannel socket, ByteBuffer[] from, int offset, int length) throws IOException {
    SSLEngine tls = engine();
    writing.lock();
    try {
      while (flushed(socket) && room(from, offset, length)) {
        SSLEngineResult result = wrap(tls, from, offset, length);
        if (result.getStatus() == Status.CLOSED) {
          throw new ClosedChannelException();
        }
        flushed(socket);
        // Handshake messages that are due go first, in a record of their own.
        if (result.bytesConsumed() > 0 || result.bytesProduced() == 0) {
          return result.bytesConsumed();
        }
      }
      return 0;
    } finally {
      writing.unlock();
    }
  }

  /** How many encrypted bytes the network has not taken yet. */
  int outboundRemaining() {
    return netOut.remaining();
  }

  /** Sends encrypted bytes on; true if the network took any. */
  boolean flush(SocketChannel socket) throws IOException {
    writing.lock();
    try {
      int before = netOut.remaining();
      flushed(socket);
      return netOut.remaining() < before;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Waits until the network has taken everything.
   *
   * @param timeoutMillis 0 or less for no limit
   * @throws SocketTimeoutException if it did not in time
   */
  void drain(SocketChannel socket, long timeoutMillis) throws IOException {
    writing.lock();
    try {
      if (flushed(socket)) {
        return;
      }
      long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
      try (Selector selector = socket.provider().openSelector()) {
        socket.register(selector, SelectionKey.OP_WRITE);
        while (!flushed(socket)) {
          long left = timeoutMillis <= 0 ? 0 : (deadline - System.nanoTime()) / 1_000_000;
          if (timeoutMillis > 0 && left <= 0) {
            throw new SocketTimeoutException("the peer took no data for " + timeoutMillis + " ms");
          }
          selector.select(left);
          selector.selectedKeys().clear();
        }
      }
    } finally {
      writing.unlock();
    }
  }

  /**
   * Says goodbye if that needs no waiting, and closes the socket. Tomcat keeps the channel for
   * later; the engine, and the keys in it, are not kept with it.
   */
  void close(SocketChannel socket) throws IOException {
    SSLEngine tls = engine;
    // Another thread may be in the middle of a record: then the peer sees a connection cut short,
    // which is what it is.
    if (tls != null && socket.isOpen() && writing.tryLock()) {
      try {
        tls.closeOutbound();
        sayWhy(tls, socket);
      } finally {
        writing.unlock();
        socket.close();
      }
    } else {
      socket.close();
    }
    engine = null;
  }

  /** Sends what the engine has to say last: an alert or a close_notify. Never waits or throws. */
  private void sayWhy(SSLEngine tls, SocketChannel socket) {
    try {
      while (flushed(socket) && tls.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        if (wrap(tls, NOTHING, 0, 1).bytesProduced() == 0) {
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
      int fits = Math.min(appIn.remaining(), to[i].remaining());
      int limit = appIn.limit();
      appIn.limit(appIn.position() + fits);
      to[i].put(appIn);
      appIn.limit(limit);
      moved += fits;
    }
    return moved;
  }

  /** Decrypts one record into a buffer of our own, which is large enough for any. */
  private SSLEngineResult spill(SSLEngine tls) throws SSLException {
    int size = tls.getSession().getApplicationBufferSize();
    if (appIn.capacity() < size) {
      appIn = ByteBuffer.allocate(size);
    }
    appIn.clear();
    try {
      return tls.unwrap(netIn, appIn);
    } finally {
      appIn.flip();
    }
  }

  /** Messages after the handshake (tickets, key updates) may ask for work or for an answer. */
  private void afterUnwrap(SSLEngine tls, SocketChannel socket, SSLEngineResult result)
      throws IOException {
    HandshakeStatus status = result.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      runTasks(tls);
      status = tls.getHandshakeStatus();
    }
    if (status != HandshakeStatus.NEED_WRAP) {
      owed = 0;
      return;
    }
    // If a writer is busy, or the network is, the next record written carries the answer.
    owed++;
    if (writing.tryLock()) {
      try {
        if (flushed(socket)) {
          wrap(tls, NOTHING, 0, 1);
          flushed(socket);
          owed = 0;
        }
      } finally {
        writing.unlock();
      }
    }
    if (owed > MOST_OWED) {
      throw new SSLException("the peer asks for new keys again and again, and takes no answer");
    }
  }

  /** Reads from the network into {@link #netIn}, which has room for one record of TLS 1.3. */
  private int fill(SocketChannel socket) throws IOException {
    netIn.compact();
    if (!netIn.hasRemaining()) {
      netIn.flip();
      throw new SSLException("a TLS record does not fit in " + netIn.capacity() + " bytes");
    }
    try {
      return socket.read(netIn);
    } finally {
      netIn.flip();
    }
  }

  /** Encrypts into {@link #netOut}, which must be empty. */
  private SSLEngineResult wrap(SSLEngine tls, ByteBuffer[] from, int offset, int length)
      throws SSLException {
    while (true) {
      netOut.clear();
      SSLEngineResult result;
      try {
        result = tls.wrap(from, offset, length, netOut);
      } finally {
        netOut.flip();
      }
      if (result.getStatus() == Status.BUFFER_OVERFLOW) {
        int needed = tls.getSession().getPacketBufferSize();
        if (needed <= netOut.capacity()) {
          throw new SSLException("a record larger than " + needed + " bytes");
        }
        netOut = ByteBuffer.allocate(needed);
        continue;
      }
      if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        runTasks(tls);
      }
      return result;
    }
  }

  /** Sends {@link #netOut}; true if it is empty. */
  private boolean flushed(SocketChannel socket) throws IOException {
    if (netOut.hasRemaining()) {
      socket.write(netOut);
    }
    return !netOut.hasRemaining();
  }

  private SSLEngine engine() throws ClosedChannelException {
    SSLEngine tls = engine;
    if (tls == null) {
      throw new ClosedChannelException();
    }
    return tls;
  }

  private static void runTasks(SSLEngine tls) {
    for (Runnable task = tls.getDelegatedTask(); task != null; task = tls.getDelegatedTask()) {
      task.run();
    }
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

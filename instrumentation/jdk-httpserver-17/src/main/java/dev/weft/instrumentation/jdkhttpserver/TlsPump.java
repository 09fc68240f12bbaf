package dev.weft.instrumentation.jdkhttpserver;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS over a connected channel in blocking mode. One thread may read while another writes; the
 * caller sees to it that no two threads read at once. Holds at most one TLS record in each
 * direction, and one decrypted.
 */
final class TlsPump {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** Length of the header of a TLS record, whose last two bytes are the length of the rest. */
  private static final int RECORD_HEADER = 5;

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final ReentrantLock outbound = new ReentrantLock();

  /** Received and not decrypted yet; ready to be read from. */
  private final ByteBuffer received;

  /** Decrypted and not handed over yet; ready to be read from, and empty most of the time. */
  private ByteBuffer decrypted = NOTHING;

  /** Encrypted, on its way out. Guarded by {@link #outbound}. */
  private @Nullable ByteBuffer sending;

  private boolean endOfInput;
  private volatile boolean established;

  /**
   * @param first what has been read from the channel already, ready to be read from
   */
  TlsPump(SocketChannel channel, SSLEngine engine, ByteBuffer first) {
    this.channel = channel;
    this.engine = engine;
    received =
        ByteBuffer.allocate(Math.max(engine.getSession().getPacketBufferSize(), first.remaining()));
    received.put(first).flip();
  }

  /**
   * Shakes hands.
   *
   * @param deadline as of {@link System#nanoTime()}
   * @throws SocketTimeoutException if the peer was too slow
   */
  SSLSession handshake(long deadline) throws IOException {
    try {
      engine.beginHandshake();
      HandshakeStatus status = engine.getHandshakeStatus();
      while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
        if (status == HandshakeStatus.NEED_UNWRAP) {
          SSLEngineResult result = engine.unwrap(received, NOTHING);
          if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
            if (fill(deadline) < 0) {
              throw new EOFException("the peer closed the connection during the TLS handshake");
            }
          } else if (result.getStatus() != SSLEngineResult.Status.OK) {
            throw new SSLException("TLS handshake ended: " + result);
          }
        } else {
          respond(status);
        }
        status = engine.getHandshakeStatus();
      }
    } catch (SSLException e) {
      throw alerted(e);
    }
    established = true;
    return engine.getSession();
  }

  /** As {@link SocketChannel#read(ByteBuffer)} in blocking mode. */
  int read(ByteBuffer target) throws IOException {
    if (!target.hasRemaining()) {
      return 0;
    }
    if (decrypted.hasRemaining()) {
      return handOver(target);
    }
    try {
      ByteBuffer into = target;
      while (!endOfInput) {
        SSLEngineResult result = engine.unwrap(received, into);
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
          // Said of the length in the record's header: the record itself may not be here yet.
          into = roomForAnyRecord(into);
          continue;
        }
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
          // An end without close_notify is an end: HTTP knows by its own framing if it was early.
          endOfInput = fill(0) < 0;
        } else if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
          endOfInput = true;
        }
        respond(result.getHandshakeStatus());
        if (result.bytesProduced() > 0) {
          if (into == target) {
            return result.bytesProduced();
          }
          decrypted = into.flip();
          return handOver(target);
        }
      }
      return -1;
    } catch (SSLException e) {
      throw alerted(e);
    }
  }

  private ByteBuffer roomForAnyRecord(ByteBuffer tooSmall) throws SSLException {
    int size = engine.getSession().getApplicationBufferSize();
    if (tooSmall.remaining() >= size) {
      throw new SSLException("a decrypted TLS record does not fit in " + size + " bytes");
    }
    ByteBuffer room = decrypted;
    decrypted = NOTHING;
    return room.capacity() >= size ? room.clear() : ByteBuffer.allocate(size);
  }

  private int handOver(ByteBuffer target) {
    int count = Math.min(decrypted.remaining(), target.remaining());
    int limit = decrypted.limit();
    target.put(decrypted.limit(decrypted.position() + count));
    decrypted.limit(limit);
    return count;
  }

  /** Writes all of the source. */
  int write(ByteBuffer source) throws IOException {
    int length = source.remaining();
    outbound.lock();
    try {
      HandshakeStatus status = HandshakeStatus.NOT_HANDSHAKING;
      while (source.hasRemaining() || status == HandshakeStatus.NEED_WRAP) {
        SSLEngineResult result = wrap(source);
        send();
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
          throw new SSLException("the TLS connection is closed for writing");
        }
        status = result.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
          runTasks();
        }
      }
    } finally {
      outbound.unlock();
    }
    return length;
  }

  /**
   * Whether a read would find something without waiting for the peer, be it the end. Decrypts
   * nothing: called on a thread that must not be kept.
   */
  int buffered() {
    if (decrypted.hasRemaining()) {
      return decrypted.remaining();
    }
    if (endOfInput) {
      return 1;
    }
    int start = received.position();
    return received.remaining() >= RECORD_HEADER
            && received.remaining()
                >= RECORD_HEADER + (received.getShort(start + RECORD_HEADER - 2) & 0xFFFF)
        ? 1
        : 0;
  }

  /**
   * Says goodbye, if that can be done without waiting for anyone. The channel may be left in
   * non-blocking mode: nothing but closing it may follow. To be called by a thread that keeps
   * others from reading.
   */
  void closeNotify() {
    if (!established || !outbound.tryLock()) {
      return;
    }
    try {
      engine.closeOutbound();
      channel.configureBlocking(false);
      while (!engine.isOutboundDone() && wrap(NOTHING).bytesProduced() > 0) {
        ByteBuffer out = sendBuffer();
        channel.write(out.flip());
        if (out.hasRemaining()) {
          break;
        }
        out.clear();
      }
    } catch (IOException | RuntimeException e) {
      // The peer, or the channel, is gone already.
    } finally {
      outbound.unlock();
    }
  }

  /** Does what the engine asks for beside reading. */
  private void respond(HandshakeStatus status) throws IOException {
    HandshakeStatus next = status;
    while (true) {
      if (next == HandshakeStatus.NEED_TASK) {
        runTasks();
        next = engine.getHandshakeStatus();
      } else if (next == HandshakeStatus.NEED_WRAP) {
        outbound.lock();
        try {
          SSLEngineResult result = wrap(NOTHING);
          send();
          if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            return;
          }
          next = result.getHandshakeStatus();
        } finally {
          outbound.unlock();
        }
      } else {
        return;
      }
    }
  }

  private void runTasks() {
    for (Runnable task; (task = engine.getDelegatedTask()) != null; ) {
      task.run();
    }
  }

  /** Encrypts into the (empty) send buffer. To be called with {@link #outbound} held. */
  private SSLEngineResult wrap(ByteBuffer source) throws SSLException {
    SSLEngineResult result = engine.wrap(source, sendBuffer());
    if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
      sending = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      result = engine.wrap(source, sending);
    }
    if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
      throw new SSLException("a TLS record does not fit in " + sendBuffer().capacity() + " bytes");
    }
    return result;
  }

  private ByteBuffer sendBuffer() {
    ByteBuffer buffer = sending;
    if (buffer == null) {
      buffer = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      sending = buffer;
    }
    return buffer;
  }

  private void send() throws IOException {
    ByteBuffer buffer = sendBuffer().flip();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } finally {
      buffer.clear();
    }
  }

  /** Tells the peer what the engine has against it, ends the connection, and returns the reason. */
  private SSLException alerted(SSLException reason) {
    endOfInput = true;
    try {
      outbound.lock();
      try {
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
            && wrap(NOTHING).bytesProduced() > 0) {
          send();
        }
      } finally {
        outbound.unlock();
      }
    } catch (IOException | RuntimeException e) {
      reason.addSuppressed(e);
    }
    return reason;
  }

  /** Reads more of what the peer sent; with a deadline unless it is 0. Returns -1 at the end. */
  private int fill(long deadline) throws IOException {
    received.compact();
    if (!received.hasRemaining()) {
      received.flip();
      throw new SSLException("a TLS record does not fit in " + received.capacity() + " bytes");
    }
    try {
      return deadline == 0 ? channel.read(received) : readTimed(channel, received, deadline);
    } finally {
      received.flip();
    }
  }

  /**
   * Reads from a channel in blocking mode, which has no timeout of its own, through its socket.
   *
   * @param target a buffer with an array
   * @param deadline as of {@link System#nanoTime()}
   */
  static int readTimed(SocketChannel channel, ByteBuffer target, long deadline) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      throw new SocketTimeoutException("no complete TLS handshake in time");
    }
    channel.socket().setSoTimeout((int) Math.min(left, Integer.MAX_VALUE));
    int count =
        channel
            .socket()
            .getInputStream()
            .read(target.array(), target.arrayOffset() + target.position(), target.remaining());
    if (count > 0) {
      target.position(target.position() + count);
    }
    return count;
  }
}

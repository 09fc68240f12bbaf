package dev.weft.runtime.control;

import dev.weft.runtime.tls.ControlTls;
import dev.weft.wire.Frames;
import dev.weft.wire.Message;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One TLS connection to a coordinator, with frames on it. Written by a thread of its own. */
final class Connection implements Closeable {
  /** A slow coordinator must not fill our memory: a stream that is so far behind is given up. */
  private static final int MAX_UNSENT = 10_000;

  private static final int CONNECT_MILLIS = 3_000;

  /** A coordinator that starts, or a machine that is short of CPU, takes its time. */
  private static final int HANDSHAKE_MILLIS = 10_000;

  private static final int SILENCE_MILLIS = 10_000;
  private static final Object END = new Object();

  private final SSLSocket socket;
  private final Socket raw;
  private final DataInputStream in;
  private final OutputStream out;
  private final BlockingQueue<Object> unsent = new ArrayBlockingQueue<>(MAX_UNSENT);
  private volatile @Nullable Thread writer;

  private Connection(SSLSocket socket, Socket raw) throws IOException {
    this.socket = socket;
    this.raw = raw;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = socket.getOutputStream();
  }

  /**
   * Connects, never through the application's proxy, and shakes hands.
   *
   * @param connected run in between
   */
  static Connection open(InetSocketAddress address, ControlTls tls, Runnable connected)
      throws IOException {
    Socket raw = new Socket(Proxy.NO_PROXY);
    try {
      raw.setTcpNoDelay(true);
      raw.setSoTimeout(SILENCE_MILLIS);
      raw.connect(address, CONNECT_MILLIS);
      connected.run();
      return new Connection(tls.layer(raw, HANDSHAKE_MILLIS), raw);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  SSLSocket socket() {
    return socket;
  }

  /** Reads the next message; gives up after ten seconds of silence. */
  Message read() throws IOException {
    return Message.decode(Frames.read(in));
  }

  /** Writes now, on this thread; only before {@link #startWriter}. */
  void write(Message message) throws IOException {
    Frames.write(out, message.encode());
  }

  void startWriter(String name) {
    Thread thread = new Thread(null, this::writeAll, name, 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    writer = thread;
    thread.start();
  }

  /** Never blocks. A stream too far behind is closed: the next one starts from a whole. */
  void send(Message message) {
    if (!unsent.offer(message)) {
      close();
    }
  }

  private void writeAll() {
    try {
      for (Object next = unsent.take(); next != END; next = unsent.take()) {
        write((Message) next);
      }
      socket.close();
    } catch (IOException | InterruptedException | RuntimeException e) {
      // The reader sees the closed socket and does what is to be done.
    } finally {
      close();
    }
  }

  /** Everything that has been handed to {@link #send} is written, then the connection ends. */
  void finish() {
    if (!unsent.offer(END)) {
      close();
    }
  }

  /** Waits until {@link #finish} has done its work, as the JVM ends and takes the writer along. */
  void awaitFinished(Duration atMost) {
    Thread thread = writer;
    try {
      if (thread != null) {
        thread.join(atMost.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Never blocks: below TLS, whose own {@code close()} waits for the writer, and that one may wait
   * for a coordinator that does not read.
   */
  @Override
  public void close() {
    unsent.clear();
    unsent.offer(END);
    try {
      raw.close();
    } catch (IOException e) {
      // gone is gone
    }
  }
}

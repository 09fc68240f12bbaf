package dev.weft.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Somebody who has the network and no certificate, at one port on loopback: many connections that
 * say half of something, too much, one byte now and then, or nothing, and leave as they like. That
 * the port closes them is no failure.
 */
public final class HostileStranger implements Closeable {
  private static final long LONGEST_MILLIS = 30_000;

  /** Says something on a connection of its own. */
  public interface Flood {
    void run(OutputStream out) throws IOException;
  }

  private final int port;
  private final List<Socket> held = new ArrayList<>();
  private final List<Thread> floods = new ArrayList<>();
  private final AtomicLong sent = new AtomicLong();

  public HostileStranger(int port) {
    this.port = port;
  }

  /** One more connection, which it keeps. */
  public Socket connect() throws IOException {
    Socket socket = Http1.connect(port);
    held.add(socket);
    return socket;
  }

  /** Keeps one more connection, on which it has said this. */
  public void hold(byte[] said) throws IOException {
    say(connect(), said);
  }

  /** Says this on each connection that it keeps. */
  public void sayEverywhere(byte[] said) {
    for (Socket socket : held) {
      say(socket, said);
    }
  }

  private static void say(Socket socket, byte[] said) {
    try {
      socket.getOutputStream().write(said);
    } catch (IOException e) {
      // It was closed: as the port likes.
    }
  }

  /** Connects, says this, and leaves: in order, or with a reset. */
  public void leave(byte[] said, boolean reset) throws IOException {
    try (Socket socket = Http1.connect(port)) {
      say(socket, said);
      socket.setSoLinger(reset, 0);
    }
  }

  /**
   * Floods on a connection that it reads nothing of, beside whatever else happens.
   *
   * @param connected closes with this
   */
  public void flood(Socket connected, Flood flood) throws IOException {
    held.add(connected);
    OutputStream out = new Counted(connected.getOutputStream());
    Thread thread =
        new Thread(
            () -> {
              try {
                flood.run(out);
              } catch (IOException e) {
                // Hung up on, or told to stop.
              }
            },
            "flood");
    thread.setDaemon(true);
    floods.add(thread);
    thread.start();
  }

  /** How many bytes its floods have said. */
  public long sent() {
    return sent.get();
  }

  /** Hangs up, on all at once. */
  @Override
  public void close() throws IOException {
    for (Socket socket : held) {
      if (!socket.isClosed()) { // as TLS does by itself when its peer resets
        socket.setSoLinger(true, 0); // or TLS waits for the flood that waits for it to be read
        socket.close();
      }
    }
    held.clear();
    try {
      for (Thread flood : floods) {
        flood.join(LONGEST_MILLIS);
        if (flood.isAlive()) {
          throw new AssertionError("a flood does not end");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while floods end");
    }
  }

  /** The ClientHello of a client of the mesh. */
  public static byte[] clientHello() throws IOException {
    try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket raw = Http1.connect(listening.getLocalPort());
        Socket accepted = listening.accept()) {
      Thread client =
          new Thread(
              () -> {
                try {
                  Http1.tls(raw, "shop", TestListener.SNI).close();
                } catch (IOException e) {
                  // Nobody answers it.
                }
              });
      client.setDaemon(true);
      client.start();
      InputStream in = accepted.getInputStream();
      byte[] header = in.readNBytes(5);
      int length = (header[3] & 0xff) << 8 | (header[4] & 0xff);
      byte[] hello = Arrays.copyOf(header, 5 + length);
      in.readNBytes(hello, 5, length);
      return hello;
    }
  }

  private final class Counted extends OutputStream {
    private final OutputStream out;

    Counted(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      sent.addAndGet(length);
    }
  }
}

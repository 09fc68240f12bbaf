package dev.weft.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port of loopback that a connection cannot be made to, and that does not say so either. */
public final class Unreachable implements Closeable {
  /** As many as the kernel could let in beyond a backlog of one, and more. */
  private static final int MOST = 64;

  private static final int PATIENCE_MILLIS = 250;

  private final ServerSocket socket;
  private final List<Socket> waiting = new ArrayList<>();

  private Unreachable(int backlog) throws IOException {
    socket = new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
  }

  /**
   * Takes connections, and says nothing on them: a TLS handshake goes nowhere.
   *
   * @throws IOException if no port can be had
   */
  public static Unreachable silent() throws IOException {
    return new Unreachable(50);
  }

  /**
   * Its queue of connections is full: the kernel lets further ones wait.
   *
   * @throws IOException if the queue is never full
   */
  public static Unreachable full() throws IOException {
    Unreachable full = new Unreachable(1);
    for (int i = 0; i < MOST; i++) {
      Socket next = new Socket();
      try {
        next.connect(full.socket.getLocalSocketAddress(), PATIENCE_MILLIS);
        full.waiting.add(next);
      } catch (SocketTimeoutException e) {
        next.close();
        return full;
      }
    }
    full.close();
    throw new IOException("a backlog of one takes " + MOST + " connections");
  }

  public int port() {
    return socket.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (Socket one : waiting) {
      one.close();
    }
    socket.close();
  }
}

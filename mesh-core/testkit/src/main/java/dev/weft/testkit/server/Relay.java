package dev.weft.testkit.server;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Passes one connection on to a port on loopback in pieces of its own size: smaller ones are
 * gathered, larger ones cut. What is left at a pause is passed on as it is.
 */
public final class Relay implements Closeable {
  private final ServerSocket acceptor = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  private final int target;
  private final int step;

  public Relay(int target, int step) throws IOException {
    this.target = target;
    this.step = step;
    start(this::accept);
  }

  public int port() {
    return acceptor.getLocalPort();
  }

  private void accept() throws IOException {
    Socket client = acceptor.accept();
    Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
    server.setTcpNoDelay(true);
    client.setTcpNoDelay(true);
    start(() -> pass(client, server, step));
    start(() -> pass(server, client, step));
  }

  private static void pass(Socket from, Socket to, int step) throws IOException {
    byte[] buffer = new byte[step];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      while (true) {
        int filled = in.read(buffer);
        if (filled < 0) {
          return;
        }
        while (filled < step && in.available() > 0) {
          filled += in.read(buffer, filled, step - filled);
        }
        out.write(buffer, 0, filled);
        out.flush();
      }
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static void start(Step step) {
    Thread thread =
        new Thread(
            () -> {
              try {
                step.run();
              } catch (IOException e) {
                // One side is gone; the other notices by itself.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    acceptor.close();
  }
}

package dev.weft.systemtests;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** Listens where a coordinator should, and is none. */
final class FakeCoordinator implements Closeable {
  /** What it does with a connection. */
  interface Manner {
    void meet(Socket socket) throws IOException;
  }

  static final Manner HANGS_UP = Socket::close;
  static final Manner SILENT = socket -> {};
  static final Manner GARBAGE =
      socket -> {
        byte[] bytes = new byte[4096];
        new Random(7).nextBytes(bytes);
        socket.getOutputStream().write(bytes);
        socket.close();
      };
  static final Manner HANDSHAKES =
      socket -> {
        ((SSLSocket) socket).startHandshake();
        socket.close();
      };

  private final ServerSocket server;
  private final Manner manner;
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Socket> open = new ArrayList<>();

  private FakeCoordinator(ServerSocket server, Manner manner) {
    this.server = server;
    this.manner = manner;
    Thread thread = new Thread(this::accept, "fake-coordinator");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * @param port 0: any
   */
  static FakeCoordinator start(int port, Manner manner) throws IOException {
    return new FakeCoordinator(
        new ServerSocket(port, 50, InetAddress.getLoopbackAddress()), manner);
  }

  /** With TLS of a CA that nobody knows. */
  static FakeCoordinator ofAnotherCa() throws Exception {
    Forge forge = new Forge();
    SSLServerSocket server =
        forge.serverSocket(forge.leaf("spiffe://weft.internal/ns/weft-system/sa/coordinator"));
    return new FakeCoordinator(server, HANDSHAKES);
  }

  /** For {@code WEFT_COORDINATOR}. */
  String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        manner.meet(socket);
      } catch (IOException e) {
        // The other side gave up, or the test is over.
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : List.copyOf(open)) {
      socket.close();
    }
  }
}

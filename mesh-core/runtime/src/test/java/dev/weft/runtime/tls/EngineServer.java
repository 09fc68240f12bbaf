package dev.weft.runtime.tls;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;

/** A server on loopback that answers each line with who it believes the caller to be. */
final class EngineServer implements Closeable {
  private final ServerSocket listener;
  private final Supplier<SSLEngine> engines;
  private final MeshTls tls;

  /** What went wrong, in the order in which it did. */
  final LinkedBlockingQueue<Exception> failures = new LinkedBlockingQueue<>();

  EngineServer(MeshTls tls, String... alpn) throws IOException {
    this(tls, () -> tls.serverEngine(() -> {}, alpn));
  }

  EngineServer(MeshTls tls, Supplier<SSLEngine> engines) throws IOException {
    this.tls = tls;
    this.engines = engines;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon(this::accept);
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "test-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        daemon(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (EngineConnection connection = new EngineConnection(socket, engines.get())) {
      socket.setSoTimeout(20_000);
      connection.handshake();
      while (true) {
        try {
          connection.readLine();
        } catch (EOFException end) {
          return;
        }
        SSLSession session = connection.engine().getSession();
        X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
        connection.writeLine(tls.peer(session) + " " + leaf.getSerialNumber());
      }
    } catch (IOException | RuntimeException e) {
      failures.add(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /** A connected socket, without TLS. */
  Socket dial() throws IOException {
    Socket socket = new Socket(listener.getInetAddress(), port());
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** Waits for the next failure. */
  Exception failure() throws InterruptedException {
    Exception failure = failures.poll(20, TimeUnit.SECONDS);
    if (failure == null) {
      throw new AssertionError("the server did not fail within 20 s");
    }
    return failure;
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}

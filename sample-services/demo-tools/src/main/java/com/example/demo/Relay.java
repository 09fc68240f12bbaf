package com.example.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Stands on the wire between two processes: passes every byte on, and keeps count of what anyone on
 * that wire could read. Writes {@code name=value} lines several times a second.
 *
 * <pre>Relay --listen ADDRESS --to ADDRESS --port P --marker TEXT --report FILE</pre>
 */
public final class Relay {
  private static final int CONNECT_MILLIS = 5_000;

  private final InetSocketAddress to;
  private final Wire wire;

  private Relay(InetSocketAddress to, Wire wire) {
    this.to = to;
    this.wire = wire;
  }

  public static void main(String[] arguments) throws IOException {
    Options options = new Options(arguments);
    int port = options.number("port", 0);
    Wire wire = new Wire(options.text("marker").getBytes(StandardCharsets.UTF_8));
    Relay relay =
        new Relay(new InetSocketAddress(InetAddress.getByName(options.text("to")), port), wire);
    Path report = Path.of(options.text("report"));
    try (ServerSocket server =
        new ServerSocket(port, 128, InetAddress.getByName(options.text("listen")))) {
      Options.write(report, wire.report());
      ScheduledExecutorService reporter = Executors.newSingleThreadScheduledExecutor();
      reporter.scheduleWithFixedDelay(
          () -> {
            try {
              Options.write(report, wire.report());
            } catch (IOException e) {
              System.err.println("Relay: " + report + ": " + e);
            }
          },
          100,
          100,
          TimeUnit.MILLISECONDS);
      while (true) {
        Socket caller = server.accept();
        Thread thread = new Thread(() -> relay.connect(caller), "relay");
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  private void connect(Socket caller) {
    try (caller;
        Socket called = new Socket()) {
      called.connect(to, CONNECT_MILLIS);
      caller.setTcpNoDelay(true);
      called.setTcpNoDelay(true);
      Wire.Connection connection = wire.opened();
      Thread back = new Thread(() -> pass(called, caller, connection.answers()), "relay-back");
      back.setDaemon(true);
      back.start();
      pass(caller, called, connection.requests());
      back.join();
    } catch (IOException e) {
      // The called process is gone: the caller sees its connection closed, as without a relay.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pass(Socket from, Socket to, Wire.Direction direction) {
    byte[] buffer = new byte[16 * 1024];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        direction.saw(buffer, n);
        out.write(buffer, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // A reset on one side becomes a close on both.
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed.
    }
  }
}

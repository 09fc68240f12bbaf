package dev.weft.runtime.telemetry;

import dev.weft.runtime.Log;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Answers {@code GET /metrics}, and nothing else, one scrape at a time. A socket and no HTTP server
 * of the JDK's: those are what applications serve with, and are woven.
 */
final class MetricsPort implements AutoCloseable {
  /** Processes on one machine find ports one after the other. */
  private static final int TRIES = 100;

  private static final int READ_MILLIS = 2_000;
  private static final int MAX_HEAD = 8 * 1024;

  private final ServerSocket socket;
  private final Supplier<String> text;
  private final Log log;

  private MetricsPort(ServerSocket socket, Supplier<String> text, Log log) {
    this.socket = socket;
    this.text = text;
    this.log = log;
  }

  /**
   * Opens the first free port from one on.
   *
   * @throws IOException if none of the next hundred is free
   */
  static MetricsPort open(int first, Supplier<String> text, Log log) throws IOException {
    IOException last = new IOException("port " + first + " (expected: 1 to 65535)");
    for (int port = first; port < first + TRIES && port <= 65535; port++) {
      ServerSocket socket = new ServerSocket();
      try {
        socket.bind(new InetSocketAddress(port), 16);
        MetricsPort opened = new MetricsPort(socket, text, log);
        Thread thread = new Thread(null, opened::run, "weft-metrics", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
        return opened;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last;
  }

  int number() {
    return socket.getLocalPort();
  }

  private void run() {
    while (!socket.isClosed()) {
      try (Socket scrape = socket.accept()) {
        scrape.setSoTimeout(READ_MILLIS);
        answer(scrape);
      } catch (IOException e) {
        log.debug("a scrape of /metrics: " + e);
      } catch (RuntimeException e) {
        log.warnOnce("metrics", "/metrics cannot be told: " + e);
      }
    }
  }

  private void answer(Socket scrape) throws IOException {
    String line = requestLine(scrape.getInputStream());
    boolean get = line.startsWith("GET ");
    String path = line.split(" ", 3).length == 3 ? line.split(" ", 3)[1] : "";
    String status = "200 OK";
    String body = "";
    if (!get && !line.startsWith("HEAD ")) {
      status = "405 Method Not Allowed";
    } else if (!path.equals("/metrics") && !path.startsWith("/metrics?")) {
      status = "404 Not Found";
    } else {
      body = text.get();
    }
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            .formatted(status, Exposition.TYPE, bytes.length);
    OutputStream out = scrape.getOutputStream();
    out.write(head.getBytes(StandardCharsets.ISO_8859_1));
    if (get) {
      out.write(bytes);
    }
    out.flush();
  }

  /** The first line of a head that is read to its end, so that closing does not reset. */
  private static String requestLine(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int read = in.read();
      if (read < 0 || head.length() >= MAX_HEAD) {
        throw new IOException("no request");
      }
      head.append((char) read);
    }
    return head.substring(0, head.indexOf("\r\n"));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

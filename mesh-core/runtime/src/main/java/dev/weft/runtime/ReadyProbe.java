package dev.weft.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * Asks a path of this process on loopback until it answers 2xx: {@code weft.ready.path}. On a
 * daemon thread of its own, for as long as it takes.
 */
final class ReadyProbe {
  private static final Duration BETWEEN = Duration.ofMillis(250);
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int MAX_STATUS_LINE = 512;

  private final Registration registration;
  private final String path;
  private final Log log;

  ReadyProbe(Registration registration, String path, Log log) {
    this.registration = registration;
    this.path = path.startsWith("/") ? path : "/" + path;
    this.log = log;
  }

  /** Holds the registration back from now until the path answers. */
  void start() {
    registration.hold();
    Thread thread = new Thread(null, this::run, "weft-ready", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    thread.start();
  }

  private void run() {
    try {
      while (!answers(registration.ports())) {
        Thread.sleep(BETWEEN.toMillis());
      }
      registration.ready();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean answers(List<Registration.OpenPort> ports) {
    for (Registration.OpenPort port : ports) {
      try {
        if (isSuccess(statusLine(port))) {
          return true;
        }
      } catch (IOException e) {
        log.debug("weft.ready.path: port " + port.number() + ": " + e);
      }
    }
    return false;
  }

  private String statusLine(Registration.OpenPort port) throws IOException {
    InetAddress address =
        port.address() == null
            ? InetAddress.getLoopbackAddress()
            : InetAddress.getByName(port.address());
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(address, port.number()), TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder line = new StringBuilder();
      InputStream in = socket.getInputStream();
      for (int c = in.read();
          c >= 0 && c != '\r' && line.length() < MAX_STATUS_LINE;
          c = in.read()) {
        line.append((char) c);
      }
      return line.toString();
    }
  }

  private static boolean isSuccess(String statusLine) {
    return statusLine.startsWith("HTTP/1.") && statusLine.startsWith(" 2", 8);
  }
}

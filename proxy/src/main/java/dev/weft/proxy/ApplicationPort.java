package dev.weft.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Waits until the application accepts connections on its port. */
final class ApplicationPort {
  private static final int CONNECT_MILLIS = 2_000;
  private static final long FIRST_MILLIS = 50;
  private static final long LAST_MILLIS = 500;

  private final int port;

  ApplicationPort(int port) {
    this.port = port;
  }

  /** Blocks until it accepts, and returns where: on IPv4's loopback address, or on IPv6's. */
  InetSocketAddress await() throws InterruptedException {
    long pause = FIRST_MILLIS;
    for (; ; ) {
      InetSocketAddress found = find();
      if (found != null) {
        return found;
      }
      Thread.sleep(pause);
      pause = Math.min(LAST_MILLIS, 2 * pause);
    }
  }

  private @Nullable InetSocketAddress find() {
    for (String loopback : List.of("127.0.0.1", "::1")) {
      try (Socket socket = new Socket(Proxy.NO_PROXY)) {
        InetSocketAddress address = new InetSocketAddress(literal(loopback), port);
        socket.connect(address, CONNECT_MILLIS);
        return address;
      } catch (IOException e) {
        // not yet, or not here
      }
    }
    return null;
  }

  private static InetAddress literal(String address) throws UnknownHostException {
    return InetAddress.getByName(address);
  }
}

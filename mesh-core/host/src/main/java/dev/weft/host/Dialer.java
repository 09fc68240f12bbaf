package dev.weft.host;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Makes connections to endpoints for what the mesh itself wants to know of them. Stateless. */
final class Dialer {
  private Dialer() {}

  /**
   * Connects, past all proxies, and puts mesh TLS on it where the endpoint speaks it.
   *
   * @param limit for all of it, at least 1 ms
   * @throws IOException if nobody is there in time, or somebody else
   */
  static Socket open(EndpointAddress address, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    Socket raw = new Socket(Proxy.NO_PROXY);
    try {
      // The same octets under no name: there is nothing to be looked up.
      raw.connect(
          new InetSocketAddress(
              InetAddress.getByAddress(address.getAddress().getAddress()), address.getPort()),
          millisLeft(end));
      return address.tls() ? address.layer(raw, millisLeft(end)) : raw;
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  /**
   * What is left until then, at least 1 ms.
   *
   * @throws SocketTimeoutException if nothing is
   */
  static int millisLeft(long endNanos) throws SocketTimeoutException {
    long left = endNanos - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("timed out");
    }
    return (int) Math.min(Integer.MAX_VALUE, Math.max(1, left / 1_000_000));
  }
}

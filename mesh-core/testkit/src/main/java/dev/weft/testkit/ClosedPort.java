package dev.weft.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Ports of loopback at which connections are refused, now and as long as this JVM lives. The port
 * of a server that was closed is none: the next server may be given it, and one that was closed
 * while it waited for a connection may still be given that.
 */
public final class ClosedPort {
  /** Bound and never listening, which keeps everybody else off. */
  private static final Queue<Socket> HELD = new ConcurrentLinkedQueue<>();

  private ClosedPort() {}

  public static int get() throws IOException {
    Socket held = new Socket();
    held.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    HELD.add(held);
    return held.getLocalPort();
  }
}

package dev.weft.systemtests;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for programs that have to know theirs before they listen, or listen on it again later.
 * Whoever can choose one for himself is given port 0 instead.
 */
final class Ports {
  /**
   * Below those that the kernel gives away, to every connection: what is free here stays so, and
   * nobody is connected to itself while it calls a port where nobody listens.
   */
  private static final int FIRST = 10_000;

  private static final int END = 30_000;

  private Ports() {}

  /** A port on which nobody listens, at any address; by chance, as others look for one, too. */
  static int free() {
    IOException last = null;
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (ServerSocket free = new ServerSocket(port)) {
        return free.getLocalPort();
      } catch (IOException e) {
        last = e;
      }
    }
    throw new IllegalStateException("no free port from " + FIRST + " to " + END, last);
  }
}

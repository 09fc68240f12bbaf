package com.example.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** {@code FreePorts 5} prints five ports that nobody listens on, on one line. */
public final class FreePorts {
  /** Below the range that operating systems take the ports of outgoing connections from. */
  private static final int LOWEST = 20_000;

  private static final int HIGHEST = 31_999;
  private static final int MOST_TRIES = 10_000;

  private FreePorts() {}

  public static void main(String[] arguments) throws IOException {
    int wanted = Integer.parseInt(arguments[0]);
    List<ServerSocket> held = new ArrayList<>();
    Random random = new Random();
    for (int tries = 0; held.size() < wanted && tries < MOST_TRIES; tries++) {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(false);
      try {
        int port = LOWEST + random.nextInt(HIGHEST - LOWEST + 1);
        // The wildcard: free on every address of this machine.
        socket.bind(new InetSocketAddress((InetAddress) null, port));
        held.add(socket);
      } catch (IOException taken) {
        socket.close();
      }
    }
    StringBuilder line = new StringBuilder();
    for (ServerSocket socket : held) {
      line.append(line.length() == 0 ? "" : " ").append(socket.getLocalPort());
      socket.close();
    }
    if (held.size() < wanted) {
      System.err.println("FreePorts: found " + held.size() + " of " + wanted + " ports");
      System.exit(1);
    }
    System.out.println(line);
  }
}
